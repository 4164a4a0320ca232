namespace EmbeddedStores.Processes;

/// <summary>Finds programs. What is broken is passed over, and can be reported.</summary>
internal static class Executables
{
    /// <summary>Gets the folders of PATH.</summary>
    public static IReadOnlyList<string> PathFolders =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Finds a program on PATH.</summary>
    /// <param name="name">Its name, without an extension.</param>
    /// <returns>Its full path, or null when there is none.</returns>
    public static string? Find(string name) => FindIn(name, PathFolders);

    /// <summary>Finds a program in the first of some folders that has it.</summary>
    /// <param name="name">Its name, without an extension.</param>
    /// <param name="folders">Where to look, in this order. A relative folder is passed over: its meaning depends on the working directory.</param>
    /// <param name="passedOver">Is called with a sentence for each file of that name that can't be a program.</param>
    /// <returns>Its full path, or null when there is none.</returns>
    public static string? FindIn(string name, IEnumerable<string> folders, Action<string>? passedOver = null)
    {
        string[] names = OperatingSystem.IsWindows() ? [name + ".exe", name + ".cmd", name] : [name];
        foreach (var path in from folder in folders from candidate in names select Path.Combine(folder, candidate))
        {
            switch (Look(path))
            {
                case "":
                    return path;
                case { } reason:
                    passedOver?.Invoke($"{path} was passed over: {reason}.");
                    break;
            }
        }

        return null;
    }

    // Null: there is nothing. Empty: it can be run. Else: why it can't.
    private static string? Look(string path)
    {
        const UnixFileMode Anyone = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            if (Directory.Exists(path))
            {
                return "it is a folder";
            }

            var file = new FileInfo(path);
            var target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file; // the mode of a link is not the mode of its target
            if (!target.Exists)
            {
                return file.LinkTarget is { } gone ? $"it is a link to {gone}, which does not exist" : null;
            }

            return !Path.IsPathRooted(path) ? "its folder is relative"
                : OperatingSystem.IsWindows() || (File.GetUnixFileMode(target.FullName) & Anyone) != UnixFileMode.None ? ""
                : "it is not executable";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure is DirectoryNotFoundException or FileNotFoundException ? null : failure.Message.TrimEnd('.');
        }
    }
}
