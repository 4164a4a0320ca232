namespace Resilience.Bulkheads;

/// <summary>Work that is over when it returns.</summary>
internal sealed class SyncWork<TState, TResult> : WorkItem<TResult>
{
    private Func<TState, CancellationToken, TResult>? _callback;
    private TState? _state;

    public static SyncWork<TState, TResult> Rent(Func<TState, CancellationToken, TResult> callback, TState state)
    {
        var work = SpareWork<SyncWork<TState, TResult>>.Take() ?? new();
        (work._callback, work._state, work.IsSynchronous) = (callback, state, true);
        return work;
    }

    protected override void Run() => Succeed(_callback!(_state!, CancellationToken));

    protected override void Reset()
    {
        base.Reset();
        (_callback, _state) = (null, default);
    }

    protected override void Recycle() => SpareWork<SyncWork<TState, TResult>>.Put(this);
}
