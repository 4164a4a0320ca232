using System.Runtime.CompilerServices;

namespace Repository.Tests;

/// <summary>The files of the repository that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] _notOurs = ["artifacts", "bin", "obj", "node_modules", ".git"];

    public static string Root { get; } = Path.GetFullPath(Path.Combine(ThisFile(), "../../.."));

    /// <summary>Gets all files with one of these endings, as paths from the root with forward slashes.</summary>
    public static IEnumerable<string> Files(params string[] endings) =>
        from file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Split('/').Any(_notOurs.Contains) && endings.Any(path.EndsWith)
        orderby path
        select path;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
