using System.Globalization;
using System.Runtime.InteropServices;

namespace EmbeddedStores.Processes;

/// <summary>A user of this machine, from /etc/passwd.</summary>
/// <param name="Name">The login name.</param>
/// <param name="UserId">The user's number.</param>
/// <param name="GroupId">The number of the user's primary group.</param>
internal sealed record UnixUser(string Name, int UserId, int GroupId)
{
    /// <summary>Gets whether this process runs as root.</summary>
    public static bool IsRoot { get; } = !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>Finds a user.</summary>
    /// <param name="name">The login name.</param>
    /// <returns>The user, or null when there is none of that name.</returns>
    public static UnixUser? Find(string name) => All().FirstOrDefault(user => user.Name == name);

    /// <summary>Finds a user.</summary>
    /// <param name="userId">The user's number.</param>
    /// <returns>The user, or null when there is none of that number.</returns>
    public static UnixUser? Find(int userId) => All().FirstOrDefault(user => user.UserId == userId);

    /// <summary>Gives a file or folder to this user.</summary>
    /// <param name="path">What to give.</param>
    /// <exception cref="StoreException">The system refused.</exception>
    public void Own(string path)
    {
        if (ChangeOwner(path, UserId, GroupId) != 0)
        {
            throw new StoreException(
                $"{path} can't be given to the user '{Name}' ({Marshal.GetLastPInvokeErrorMessage()}). "
                + "Set Stores:Data to a folder on a local disk, or don't run as root.");
        }
    }

    private static IEnumerable<UnixUser> All() => File.Exists("/etc/passwd")
        ? from line in File.ReadLines("/etc/passwd")
          let fields = line.Split(':')
          where fields.Length >= 4
          select new UnixUser(fields[0], Number(fields[2]), Number(fields[3]))
        : [];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int userId, int groupId);
}
