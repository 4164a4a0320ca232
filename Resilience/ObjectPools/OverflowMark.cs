namespace Resilience.ObjectPools;

/// <summary>Whether an object that the pool had no slot for came back; what a slot's word says for the others.</summary>
internal sealed class OverflowMark
{
    private int _returned;

    public bool IsOut => Volatile.Read(ref _returned) == 0;

    public bool TryReturn() => Interlocked.Exchange(ref _returned, 1) == 0;
}
