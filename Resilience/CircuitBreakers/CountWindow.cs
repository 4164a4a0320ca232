namespace Resilience.CircuitBreakers;

/// <summary>Remembers the last so many calls.</summary>
/// <param name="size">How many.</param>
internal sealed class CountWindow(int size) : CallWindow
{
    private const byte Failed = 1;
    private const byte WasSlow = 2;

    private readonly byte[] _calls = new byte[size];
    private long _recorded;
    private long _failures;
    private long _slow;

    public override void Record(bool failed, bool slow, long now, uint count = 1)
    {
        for (; count > 0; count--)
        {
            Record((byte)((failed ? Failed : 0) | (slow ? WasSlow : 0)));
        }
    }

    public override CallCounts Read(long now)
    {
        var failures = Volatile.Read(ref _failures);
        var slow = Volatile.Read(ref _slow);
        var calls = Math.Min(Volatile.Read(ref _recorded), size);
        return new(calls, Math.Clamp(failures, 0, calls), Math.Clamp(slow, 0, calls));
    }

    private void Record(byte call)
    {
        var index = (Interlocked.Increment(ref _recorded) - 1) % size;
        var forgotten = Interlocked.Exchange(ref _calls[index], call);

        // Each exchange hands exactly one old call to exactly one thread, so the sums can't drift, whatever the order.
        Adjust(ref _failures, (call & Failed) - (forgotten & Failed));
        Adjust(ref _slow, ((call & WasSlow) - (forgotten & WasSlow)) / WasSlow);
    }

    private static void Adjust(ref long sum, int by)
    {
        if (by != 0)
        {
            Interlocked.Add(ref sum, by);
        }
    }
}
