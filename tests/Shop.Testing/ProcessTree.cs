using System.Globalization;

namespace Shop.Testing;

/// <summary>Which process started which, as <c>/proc</c> tells.</summary>
public static class ProcessTree
{
    private const int Parent = 1; // of what follows the name in /proc/<pid>/stat: state, parent, …

    /// <summary>Finds the children of a process.</summary>
    /// <param name="process">The parent's number.</param>
    /// <returns>The children's numbers.</returns>
    public static IReadOnlyList<int> ChildrenOf(int process) => [.. from each in All() where each.Parent == process select each.Id];

    /// <summary>Finds the children of a process, their children, and so on.</summary>
    /// <param name="process">The number of the first one.</param>
    /// <returns>The numbers, without the first one.</returns>
    public static IReadOnlyList<int> DescendantsOf(int process)
    {
        var children = All().ToLookup(static each => each.Parent, static each => each.Id);
        var found = new List<int>();
        for (var open = new Queue<int>([process]); open.TryDequeue(out var next);)
        {
            foreach (var child in children[next])
            {
                found.Add(child);
                open.Enqueue(child);
            }
        }

        return found;
    }

    private static IEnumerable<(int Id, int Parent)> All() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where int.TryParse(name, CultureInfo.InvariantCulture, out _)
        let parent = ParentOf(folder)
        where parent is not null
        select (int.Parse(name, CultureInfo.InvariantCulture), parent.Value);

    private static int? ParentOf(string folder)
    {
        try
        {
            // The name is in parentheses, and may itself hold some.
            var fields = File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.Parse(fields[Parent], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
