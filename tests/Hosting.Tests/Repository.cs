namespace Hosting.Tests;

internal static class Repository
{
    /// <summary>Gets the folder of this checkout: the nearest one above the tests' output that has the solution.</summary>
    public static string Root { get; } = Above(AppContext.BaseDirectory).First(static folder => File.Exists(Path.Combine(folder, "Resilience.Aspire.sln")));

    private static IEnumerable<string> Above(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            yield return candidate.FullName;
        }
    }
}
