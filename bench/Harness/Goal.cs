namespace Resilience.Benchmarks.Harness;

/// <summary>A promise about what something costs, against the best that others offer. Derive from it, and the command knows it.</summary>
/// <param name="id">Its name, such as <c>G3</c>.</param>
/// <param name="what">What is measured.</param>
/// <param name="against">What it is measured against.</param>
internal abstract class Goal(string id, string what, string against)
{
    public string Id { get; } = id;

    public string What { get; } = what;

    public string Against { get; } = against;

    /// <summary>Gets all goals, in the order of their numbers.</summary>
    public static IReadOnlyList<Goal> All { get; } =
    [
        .. typeof(Goal).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(Goal)) && !type.IsAbstract)
            .Select(static type => (Goal)Activator.CreateInstance(type)!)
            .OrderBy(static goal => goal.Id[0])
            .ThenBy(static goal => int.Parse(goal.Id[1..], System.Globalization.CultureInfo.InvariantCulture)),
    ];

    /// <summary>Gets whether it is a promise (G), and not shown for honesty (H).</summary>
    public bool IsPromise => Id[0] == 'G';

    /// <summary>Gets a goal by its name; null when there is none.</summary>
    public static Goal? Find(string id) => All.FirstOrDefault(goal => string.Equals(goal.Id, id, StringComparison.OrdinalIgnoreCase));

    /// <summary>Measures it.</summary>
    /// <param name="stand">What to measure with.</param>
    /// <returns>What it asks for, the leading one first; and what each side cost.</returns>
    public abstract Task<GoalResult> MeasureAsync(Stand stand);
}
