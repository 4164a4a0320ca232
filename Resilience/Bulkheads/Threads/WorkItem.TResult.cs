using System.Threading.Tasks.Sources;

namespace Resilience.Bulkheads;

/// <summary>Work with what its caller awaits, in one object that is used again.</summary>
/// <typeparam name="TResult">What it returns.</typeparam>
internal abstract class WorkItem<TResult> : WorkItem, IValueTaskSource<TResult>
{
    // Asynchronous continuations are the isolation: the caller's next steps run on the thread pool, never on the bulkhead's threads.
    private ManualResetValueTaskSourceCore<TResult> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private TResult? _result;
    private Exception? _exception;

    public ThreadBulkhead? Bulkhead { get; set; }

    public CancellationToken CancellationToken { get; set; }

    public ValueTask<TResult> Task => new(this, _core.Version);

    /// <summary>Leaves the queue, or interrupts the work, when the token is cancelled. To be called by the one who will await, before it does.</summary>
    public void Watch() => _registration = CancellationToken.UnsafeRegister(
        static item => ((WorkItem<TResult>)item!).Cancel(), this);

    public override void Invoke()
    {
        try
        {
            Run();
        }
        catch (ThreadInterruptedException interrupted) when (CancellationToken.IsCancellationRequested)
        {
            Fail(new OperationCanceledException(interrupted.Message, interrupted, CancellationToken));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    public override void Complete()
    {
        if (_exception is null)
        {
            _core.SetResult(_result!);
        }
        else
        {
            _core.SetException(_exception);
        }
    }

    /// <summary>Makes it spare again when it was never handed in.</summary>
    public void Abandon()
    {
        Reset();
        Recycle();
    }

    public override void Refuse(Exception exception) => _core.SetException(exception);

    public TResult GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Not while a cancellation may still be on its way to it: a late one would hit the next to use it.
            if (_core.Version == token && (_registration == default || _registration.Unregister()))
            {
                _core.Reset();
                Abandon();
            }
        }
    }

    /// <summary>Asked by the caller right before he begins to wait: the moment to look out for the end of very short work.</summary>
    public ValueTaskSourceStatus GetStatus(short token)
    {
        var status = _core.GetStatus(token);
        if (status == ValueTaskSourceStatus.Pending && IsNext && Bulkhead is { } bulkhead)
        {
            IsNext = false;
            status = bulkhead.Lookout.Await(ref _core, token);
        }

        return status;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    protected abstract void Run();

    protected abstract void Recycle();

    protected void Succeed(TResult result) => _result = result;

    protected void Fail(Exception exception) => _exception = exception;

    // So that a spare item keeps nothing of its last caller alive.
    protected virtual void Reset()
    {
        _registration = default;
        _result = default;
        _exception = null;
        CancellationToken = default;
        Bulkhead = null;
        Context = null;
        Parent = null;
        IsNext = false;
    }

    private void Cancel() => Bulkhead?.Cancel(this, CancellationToken);
}
