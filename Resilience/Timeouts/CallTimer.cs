using Resilience.Outcomes;

namespace Resilience.Timeouts;

/// <summary>The token of one call and the time-out that cancels it; lent out again once the call is over.</summary>
/// <remarks>
/// The call's end and its time-out race, and one word decides: who changes it from armed has won, and the other does nothing. One that fired,
/// or that something else may still touch, is thrown away; only one that is surely untouched is lent out again.
/// </remarks>
#pragma warning disable CA1001 // A source without a timer and a wait handle holds nothing to dispose.
internal sealed class CallTimer(TimerWheel wheel, TimeoutSettings settings) : WheelEntry, IThreadPoolWorkItem
#pragma warning restore CA1001
{
    private const int Idle = 0;
    private const int Armed = 1;
    private const int Fired = 2;
    private const int Ended = 3;

    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _link;
    private TaskCompletionSource? _abandoned;
    private CallInterruption? _interruption;
    private TimeSpan _timeout;
    private TimeoutCause _cause;
    private int _state;
    private bool _hasFired;
    private bool _linked;

    /// <summary>Gets whose it is.</summary>
    public TimeoutSettings Settings => settings;

    /// <summary>Gets the token to hand to the call.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Gets a value indicating whether the time was up before the call's end: for ever, since one that fired isn't lent out again.</summary>
    public bool HasFired => Volatile.Read(ref _hasFired);

    /// <summary>Starts a call.</summary>
    /// <param name="callersToken">Cancels the call's token as well.</param>
    public void Begin(CancellationToken callersToken)
    {
        _state = Idle;
        Link(callersToken);
    }

    /// <summary>Cancels the call's token when the caller's is cancelled, which may be now.</summary>
    public void Link(CancellationToken callersToken)
    {
        if (callersToken.CanBeCanceled)
        {
            _linked = true;
            _link = callersToken.UnsafeRegister(static timer => ((CallTimer)timer!)._source.Cancel(), this);
        }
    }

    /// <summary>Arms the time-out.</summary>
    /// <param name="timeout">How much time the call has in all.</param>
    /// <param name="cause">Which bound that is.</param>
    /// <param name="began">When the call began, in the clock's milliseconds.</param>
    /// <param name="interruption">What interrupts the call's thread; null when there is none.</param>
    public void Arm(TimeSpan timeout, TimeoutCause cause, long began, CallInterruption? interruption)
    {
        (_timeout, _cause, _interruption) = (timeout, cause, interruption);
        _abandoned = settings.Abandons ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        Volatile.Write(ref _state, Armed);
        wheel.ArmAt(this, began + (long)Math.Ceiling(timeout.TotalMilliseconds));
    }

    /// <summary>Gets what ends when the caller is to go on without the call.</summary>
    public Task Abandoned => _abandoned!.Task;

    /// <summary>Ends a call; afterwards the timer may belong to another.</summary>
    /// <returns>Whether the time was up before, and whether the timer is surely untouched and may be lent out again.</returns>
    public (bool Fired, bool Reusable) End()
    {
        var unlinked = true;
        if (_linked)
        {
            unlinked = _link.Unregister(); // not Dispose: that would wait for a cancellation which may be waiting for this call
            _link = default;
            _linked = false;
        }

        if (_state == Idle)
        {
            return (false, unlinked && Reset());
        }

        var before = Interlocked.Exchange(ref _state, Ended);
        var disarmed = wheel.Disarm(this);
        return (before == Fired, before == Armed && disarmed && unlinked && Reset());
    }

    public override void Fire()
    {
        if (Volatile.Read(ref _state) == Fired)
        {
            _abandoned!.TrySetResult(); // the grace period is over
        }
        else if (!(settings.DebuggerAware && settings.IsDebugged()) && Interlocked.CompareExchange(ref _state, Fired, Armed) == Armed)
        {
            Volatile.Write(ref _hasFired, true);

            // Cancelling runs the callbacks of whoever registered: not on the thread that all time-outs wait for.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            _source.Cancel();
        }
        catch (Exception exception)
        {
            settings.Telemetry.CallbackThrew(exception);
        }

        if (settings.Mode >= TimeoutMode.Signal && settings.Abort is { } abort)
        {
            settings.Aside.Run(abort, new(settings.Name, _timeout, _cause, default));
        }

        if (settings.Mode == TimeoutMode.Interrupt)
        {
            Interrupt();
        }

        if (settings.Abandons && Volatile.Read(ref _state) == Fired)
        {
            wheel.Arm(this, settings.GracePeriod);
            if (Volatile.Read(ref _state) == Ended)
            {
                wheel.Disarm(this);
            }
        }
    }

    private void Interrupt()
    {
        try
        {
            _interruption?.Interrupt();
        }
        catch (Exception exception)
        {
            settings.Telemetry.CallbackThrew(exception);
        }
    }

    private bool Reset()
    {
        if (settings.Abandons)
        {
            _abandoned = null;
            _interruption = null;
        }

        return _source.TryReset();
    }
}
