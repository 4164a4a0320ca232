using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LocalRunner.Processes;

/// <summary>The folder in which one checkout keeps its databases, its generated secrets and the list of its processes.</summary>
/// <remarks>
/// Held by one AppHost at a time, from <see cref="Open"/> until it is disposed of or the process ends, however it ends.
/// Only our own user can read it. When root runs PostgreSQL as somebody else, others can walk through it to the folder that is theirs,
/// but not list it.
/// </remarks>
internal sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;
    private const string LockName = "apphost.lock";
    private const string OwnerName = "apphost.pid"; // not in the lock itself, which nobody else can open
    private const string Override = "RESILIENCE_DATA";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        FullPath = path;
        _lock = held;
    }

    /// <summary>Gets the folder's full path.</summary>
    public string FullPath { get; }

    /// <summary>Gets the file that lists the processes of the AppHost that runs or ran last.</summary>
    public string LedgerPath => Path.Combine(FullPath, "processes");

    /// <summary>Says where an AppHost keeps its data.</summary>
    /// <param name="appHostDirectory">Where the AppHost's project lies: two checkouts differ in it, so they never share data.</param>
    /// <returns>The value of RESILIENCE_DATA where it is set, else a folder of the checkout's own among the user's local data.</returns>
    public static string PathFor(string appHostDirectory)
    {
        if (Environment.GetEnvironmentVariable(Override) is { Length: > 0 } given)
        {
            return Path.GetFullPath(given);
        }

        var checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(appHostDirectory))))[..12];
        return Path.Combine(UserFolders.LocalData, checkout);
    }

    /// <summary>Makes the folder where it is missing, and holds it.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The folder, held by this process.</returns>
    /// <exception cref="LocalRunnerException">It can't be written, holds something else, or another AppHost holds it.</exception>
    public static DataDirectory Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            CreateFolder(path);
            if (!File.Exists(Path.Combine(path, LockName)) && Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new LocalRunnerException( // a reset deletes what is in it: never what somebody else put there
                    $"The folder {path} holds files, but is no data directory of an AppHost. "
                    + $"Set {Override} to an empty folder, or to one that is still to be made.");
            }

            var held = new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                Write(Path.Combine(path, OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                return new(path, held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (IOException) when (OwnerOf(path) is { } owner)
        {
            throw new LocalRunnerException(
                $"The data directory {path} is in use by another AppHost (process {owner}). "
                + $"Stop that one, or set {Override} to another folder.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LocalRunnerException(
                $"The data directory {path} can't be written ({failure.Message.TrimEnd('.')}). "
                + $"Make it writable, or set {Override} to a folder that is.",
                failure);
        }
    }

    /// <summary>Gets a folder of this one, made where it is missing.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its full path.</returns>
    public string Folder(string name)
    {
        var path = Path.Combine(FullPath, name);
        CreateFolder(path);
        return path;
    }

    /// <summary>Writes a file that only our own user can read, whole or not at all.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">What it shall hold.</param>
    /// <returns>Its full path.</returns>
    public string PrivateFile(string name, string content)
    {
        var path = Path.Combine(FullPath, name);
        Write(path, content);
        return path;
    }

    /// <summary>Gets a secret, generated the first time that it is asked for.</summary>
    /// <param name="name">What it is for.</param>
    /// <returns>32 hexadecimal digits (128 bits), which need no quoting in a connection string, a URL or a configuration file.</returns>
    public string Secret(string name)
    {
        var path = Path.Combine(FullPath, name + ".secret");
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } kept)
        {
            return kept;
        }

        var secret = RandomNumberGenerator.GetHexString(32, lowercase: true);
        Write(path, secret);
        return secret;
    }

    /// <summary>Deletes everything that was kept, once nothing of an earlier AppHost runs in it any more.</summary>
    /// <exception cref="LocalRunnerException">Something can't be deleted.</exception>
    public void Reset()
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(FullPath))
            {
                Directory.Delete(folder, recursive: true);
            }

            foreach (var file in Directory.EnumerateFiles(FullPath))
            {
                if (Path.GetFileName(file) is not (LockName or OwnerName) && file != LedgerPath)
                {
                    File.Delete(file);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LocalRunnerException(
                $"The data in {FullPath} can't be deleted ({failure.Message.TrimEnd('.')}). "
                + "Delete the folder as the user who owns it.",
                failure);
        }
    }

    /// <summary>Lets others walk through this folder to one that lies in it.</summary>
    public void AllowWalkingThrough()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Walk = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(FullPath, OwnerOnlyFolder | Walk);
        if (Path.GetDirectoryName(FullPath) is { } parent && parent == UserFolders.LocalData)
        {
            File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | Walk); // ours as well, and the umask may have closed it
        }
    }

    /// <inheritdoc />
    public void Dispose() => _lock.Dispose();

    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyFolder);
        }
    }

    private static void Write(string path, string content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        var whole = path + ".new";
        using (var writer = new StreamWriter(whole, options))
        {
            writer.Write(content);
        }

        File.Move(whole, path, overwrite: true);
    }

    // Another AppHost holds the folder when its lock is there and can't be taken; a file that is merely unwritable has no living owner.
    private static int? OwnerOf(string path)
    {
        var owner = Path.Combine(path, OwnerName);
        return File.Exists(owner)
            && int.TryParse(File.ReadAllText(owner), CultureInfo.InvariantCulture, out var id)
            && ProcessIdentity.Of(id) is not null ? id : null;
    }
}
