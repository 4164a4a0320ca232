namespace Resilience.Profiling;

/// <summary>A stretch of work that is measured across <c>await</c>, on whichever threads it runs. Dispose it when the work is over.</summary>
/// <remarks>
/// May be copied, and disposed from any thread; the first time counts, and every further one changes nothing and is counted. It is as ambient as
/// any <see cref="AsyncLocal{T}"/>: set inside an async method, it ends for the caller when that returns. The default value measures nothing.
/// </remarks>
public readonly record struct AsyncProfilerScope : IDisposable
{
    private readonly AsyncFrame? _frame;

    internal AsyncProfilerScope(AsyncFrame frame) => _frame = frame;

    /// <summary>Ends it.</summary>
    public void Dispose() => _frame?.Owner.Close(_frame);
}
