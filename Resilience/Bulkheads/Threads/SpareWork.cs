namespace Resilience.Bulkheads;

/// <summary>A few work items of a kind to use again. Each thread looks at one place only; what doesn't fit is left to the collector.</summary>
internal static class SpareWork<TWork>
    where TWork : WorkItem
{
    private const int Places = 16;

    private static readonly TWork?[] _spare = new TWork?[Places];

    public static TWork? Take() => Interlocked.Exchange(ref _spare[Environment.CurrentManagedThreadId % Places], null);

    public static void Put(TWork work) => Volatile.Write(ref _spare[Environment.CurrentManagedThreadId % Places], work);
}
