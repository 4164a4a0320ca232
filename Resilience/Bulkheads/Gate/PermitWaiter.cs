using System.Threading.Tasks.Sources;

namespace Resilience.Bulkheads;

/// <summary>One who waits in the queue: a link of the queue's list and what its caller awaits, in one object that is used again.</summary>
/// <remarks>
/// Everything but the value task's side is guarded by the gate's lock. It goes back to the gate only when no cancellation can still be on its
/// way to it: a late one would take the next user out of the queue.
/// </remarks>
internal sealed class PermitWaiter(IWaiterHome home) : IValueTaskSource<Entry>
{
    private ManualResetValueTaskSourceCore<Entry> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private Entry _entry;

    public int Level { get; set; }

    public long Since { get; set; }

    /// <summary>Gets or sets when waiting is over, in the clock's milliseconds; <see cref="long.MaxValue"/> for never.</summary>
    public long Due { get; set; }

    /// <summary>Gets or sets what it is told when waiting is over.</summary>
    public EntryKind DueKind { get; set; }

    public bool IsQueued { get; set; }

    public PermitWaiter? Next { get; set; }

    public PermitWaiter? Previous { get; set; }

    public ValueTask<Entry> Task => new(this, _core.Version);

    /// <summary>Leaves the queue at once when the token is cancelled. To be called by the one who will await, before it does.</summary>
    public void Watch(CancellationToken cancellationToken) =>
        _registration = cancellationToken.UnsafeRegister(static waiter => ((PermitWaiter)waiter!).Cancel(), this);

    /// <summary>Notes how it went, under the gate's lock; <see cref="Tell"/> follows outside it.</summary>
    public void Decide(EntryKind kind, long now, Ticket ticket = default) => _entry = new Entry(kind, ticket, Math.Max(0, now - Since));

    public void Tell() => _core.SetResult(_entry);

    public Entry GetResult(short token)
    {
        var entry = _core.GetResult(token);
        var unwatched = _registration == default || _registration.Unregister();
        _registration = default;
        _core.Reset();
        if (unwatched)
        {
            home.Recycle(this);
        }

        return entry;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel() => home.Cancel(this);
}
