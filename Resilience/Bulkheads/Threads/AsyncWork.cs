namespace Resilience.Bulkheads;

/// <summary>Work whose first, synchronous part runs on a thread of the bulkhead, and whose rest runs wherever what it awaits lets it go on.</summary>
internal sealed class AsyncWork<TState, TResult> : WorkItem<TResult>
{
    private Func<TState, CancellationToken, ValueTask<TResult>>? _callback;
    private TState? _state;
    private ValueTask<TResult> _running;
    private bool _isPending;

    public override bool IsPending => _isPending;

    public static AsyncWork<TState, TResult> Rent(Func<TState, CancellationToken, ValueTask<TResult>> callback, TState state, bool isSynchronous)
    {
        var work = SpareWork<AsyncWork<TState, TResult>>.Take() ?? new();
        (work._callback, work._state, work.IsSynchronous) = (callback, state, isSynchronous);
        return work;
    }

    public override void Complete()
    {
        if (_isPending)
        {
            _ = FinishAsync();
        }
        else
        {
            base.Complete();
        }
    }

    protected override void Run()
    {
        var running = _callback!(_state!, CancellationToken);
        if (running.IsCompleted)
        {
            Succeed(running.GetAwaiter().GetResult());
        }
        else
        {
            (_running, _isPending) = (running, true);
        }
    }

    protected override void Reset()
    {
        base.Reset();
        (_callback, _state, _running, _isPending) = (null, default, default, false);
    }

    protected override void Recycle() => SpareWork<AsyncWork<TState, TResult>>.Put(this);

    private async Task FinishAsync()
    {
        try
        {
            Succeed(await _running.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        _isPending = false;
        Bulkhead!.Finished(this);
        base.Complete();
    }
}
