namespace Resilience.Faults.Burdens;

/// <summary>Blocks threads of the pool, as work does that waits for other work of the pool.</summary>
internal sealed class ThreadPoolBurden : IDisposable
{
    private readonly ManualResetEvent _end = new(initialState: false);

    public ThreadPoolBurden(int threads)
    {
        for (var i = 0; i < threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static end => end.WaitOne(), _end, preferLocal: false);
        }
    }

    // Not disposed of: threads that are yet to begin would wait on it.
    public void Dispose() => _end.Set();
}
