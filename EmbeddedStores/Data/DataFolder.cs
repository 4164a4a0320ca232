using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EmbeddedStores.Processes;

namespace EmbeddedStores.Data;

/// <summary>The folder in which an AppHost keeps its stores' data and generated passwords.</summary>
/// <remarks>
/// One process holds it at a time, from <see cref="Open"/> until it is disposed of or the process ends, however it ends.
/// Only its own user can read it. When root runs PostgreSQL as another user, that user can walk through it, but not list it.
/// </remarks>
internal sealed class DataFolder : IDisposable
{
    /// <summary>The setting that names another folder.</summary>
    public const string Setting = "Stores:Data";

    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;
    private const string LockName = "stores.lock"; // also the mark of a folder that may be deleted
    private const string OwnerName = "stores.pid"; // not in the lock itself, which no other process can open

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        FullPath = path;
        _lock = held;
    }

    /// <summary>Gets the folder's full path.</summary>
    public string FullPath { get; }

    /// <summary>Chooses the folder of an AppHost.</summary>
    /// <param name="appHostDirectory">The folder of the AppHost's project: two checkouts differ in it, so they never share data.</param>
    /// <param name="given">The value of <c>Stores:Data</c>, or null.</param>
    public static string PathFor(string appHostDirectory, string? given)
    {
        if (!string.IsNullOrWhiteSpace(given))
        {
            return Path.GetFullPath(given);
        }

        var checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(appHostDirectory))))[..12];
        return Path.Combine(UserFolders.LocalData, checkout);
    }

    /// <summary>Creates the folder where it is missing, and holds it.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="StoreException">It can't be written, holds something else, or another process holds it.</exception>
    public static DataFolder Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            CreateFolder(path);
            if (!File.Exists(Path.Combine(path, LockName)) && Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new StoreException( // a reset deletes what is in the folder
                    $"The folder {path} holds files, but it is not a data folder of an AppHost. "
                    + $"Set {Setting} to an empty folder, or to one that does not exist yet.");
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
            throw new StoreException(
                $"The data folder {path} is in use by another AppHost (process {owner}). Stop that one, or set {Setting} to another folder.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"The data folder {path} can't be written ({failure.Message.TrimEnd('.')}). Make it writable, or set {Setting} to a folder that is.",
                failure);
        }
    }

    /// <summary>Gets a folder inside this one, created where it is missing.</summary>
    /// <param name="name">Its name.</param>
    public string Folder(string name)
    {
        var path = Path.Combine(FullPath, name);
        CreateFolder(path);
        return path;
    }

    /// <summary>Writes a file that only its own user can read, whole or not at all.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">The content.</param>
    /// <returns>Its full path.</returns>
    public string PrivateFile(string name, string content)
    {
        var path = Path.Combine(FullPath, name);
        Write(path, content);
        return path;
    }

    /// <summary>Gets a password. The first call generates it.</summary>
    /// <param name="name">The store's name.</param>
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

    /// <summary>Deletes everything that is kept in the folder. No store may run in it.</summary>
    /// <exception cref="StoreException">Something can't be deleted.</exception>
    public void Reset()
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(FullPath))
            {
                Directory.Delete(folder, recursive: true);
            }

            foreach (var file in Directory.EnumerateFiles(FullPath).Where(static file => Path.GetFileName(file) is not (LockName or OwnerName)))
            {
                File.Delete(file);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"The data in {FullPath} can't be deleted ({failure.Message.TrimEnd('.')}). Delete the folder as the user that owns it.", failure);
        }
    }

    /// <summary>Lets other users walk through this folder to one inside it.</summary>
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
            File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | Walk); // it is ours as well, and the umask may have closed it
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

    // The lock is there and can't be taken, so a living process holds it. A file that is merely unwritable has no living owner.
    private static int? OwnerOf(string path)
    {
        var owner = Path.Combine(path, OwnerName);
        return File.Exists(owner)
            && int.TryParse(File.ReadAllText(owner), CultureInfo.InvariantCulture, out var id)
            && ProcessTree.IsRunning(id) ? id : null;
    }
}
