using Polly;

namespace Resilience.Outcomes;

/// <summary>Lets a pattern further out interrupt the thread that a pattern further in runs the call on, without either knowing the other.</summary>
/// <remarks>
/// The outer one puts it into the context's properties under <see cref="Key"/>; the inner one, if it finds it there, registers what interrupts
/// this call and nothing else, and clears that when the call is over. Safe for concurrent use.
/// </remarks>
public sealed class CallInterruption
{
    private Func<bool>? _interrupt;
    private int _requested;

    /// <summary>Gets the key to find it by.</summary>
    public static ResiliencePropertyKey<CallInterruption> Key { get; } = new("resilience.call-interruption");

    /// <summary>Says how to interrupt the call; interrupts it at once if that was asked for before.</summary>
    /// <param name="interrupt">Interrupts this call if it still runs, and says whether it did; null once it is over.</param>
    public void Register(Func<bool>? interrupt)
    {
        Volatile.Write(ref _interrupt, interrupt);
        Interlocked.MemoryBarrier(); // the one who asks writes before he reads, and so do we: one of the two sees the other
        if (Volatile.Read(ref _requested) != 0)
        {
            interrupt?.Invoke();
        }
    }

    /// <summary>Interrupts the call, now or as soon as it has a thread.</summary>
    /// <returns>True when it was interrupted now.</returns>
    public bool Interrupt()
    {
        Volatile.Write(ref _requested, 1);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _interrupt)?.Invoke() == true;
    }
}
