namespace Repository.Tests;

/// <summary>The files of the repository that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] _notOurs = ["artifacts", "bin", "obj", "node_modules", ".git"];

    /// <summary>Gets the folder of the solution that holds this build's output; the compiler's own paths are mapped away under CI.</summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory);

    /// <summary>Gets all files with one of these endings, as paths from the root with forward slashes.</summary>
    public static IEnumerable<string> Files(params string[] endings) =>
        from file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Split('/').Any(_notOurs.Contains) && endings.Any(path.EndsWith)
        orderby path
        select path;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Above(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, "Resilience.Aspire.sln")))
            {
                return candidate.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {folder} holds Resilience.Aspire.sln: run these tests from a build inside the repository.");
    }
}
