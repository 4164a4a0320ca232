namespace Resilience.Timeouts;

/// <summary>What is done about a call whose time is up. Each mode does what the one before does, and more.</summary>
public enum TimeoutMode
{
    /// <summary>Its token is cancelled, and it is waited for: nothing is left behind, but one that ignores its token takes as long as it likes.</summary>
    Cooperative,

    /// <summary>Its token is cancelled; if it hasn't ended within the grace period, the caller goes on and what still runs is kept in a ledger.</summary>
    Abandon,

    /// <summary>Besides, the user's abort is called at once: it closes the socket or kills the process that the call hangs on.</summary>
    Signal,

    /// <summary>Besides, the thread that the call blocks is interrupted, if a bulkhead of threads further in runs it.</summary>
    Interrupt,
}
