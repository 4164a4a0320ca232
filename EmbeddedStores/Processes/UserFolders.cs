namespace EmbeddedStores.Processes;

/// <summary>The platform's usual folders for a user's data and cache.</summary>
/// <remarks>
/// Root's home is closed to other users, but root runs PostgreSQL as one: root gets the system's folders.
/// </remarks>
internal static class UserFolders
{
    private const string Product = "embedded-stores";

    /// <summary>Gets the folder for data that must be kept.</summary>
    public static string LocalData { get; } = Path.Combine(
        UnixUser.IsRoot ? "/var/lib" : Folder(Environment.SpecialFolder.LocalApplicationData), Product);

    /// <summary>Gets the folder for what can be fetched again.</summary>
    public static string Cache { get; } = Path.Combine(UnixUser.IsRoot ? "/var/cache" : UserCache, Product);

    private static string UserCache =>
        OperatingSystem.IsWindows() ? Folder(Environment.SpecialFolder.LocalApplicationData)
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Path.Combine(Folder(Environment.SpecialFolder.UserProfile), OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache");

    private static string Folder(Environment.SpecialFolder folder) =>
        Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify); // it may not exist yet
}
