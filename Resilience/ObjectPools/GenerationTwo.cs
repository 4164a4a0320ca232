namespace Resilience.ObjectPools;

/// <summary>Looks after all pools each time the runtime has collected everything: that is when memory is known to be short, or not.</summary>
/// <remarks>
/// An object without a reference, whose finalizer calls it back to life: old as it is, it is found dead only by collections of its generation. Only that; the
/// work is done on the thread pool, since the finalizer's thread is the process's only one.
/// </remarks>
internal sealed class GenerationTwo
{
    private static int _isWatching;

    private GenerationTwo()
    {
    }

#pragma warning disable MA0055 // The finalizer is the point.
    ~GenerationTwo()
    {
        if (!Environment.HasShutdownStarted)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static _ => KeepUp(), null);
            GC.ReRegisterForFinalize(this);
        }
    }
#pragma warning restore MA0055

    public static void Watch()
    {
        if (Interlocked.Exchange(ref _isWatching, 1) == 0)
        {
            _ = new GenerationTwo();
        }
    }

    private static void KeepUp()
    {
        var memory = GC.GetGCMemoryInfo();
        var load = memory.HighMemoryLoadThresholdBytes > 0 ? (double)memory.MemoryLoadBytes / memory.HighMemoryLoadThresholdBytes : 0;
        foreach (var pool in ObjectPoolTelemetry.Live)
        {
            pool.KeepUp(load);
        }
    }
}
