using System.Collections.Concurrent;

namespace Resilience.Benchmarks.Goals;

/// <summary>The rival that people write by hand: a thread, a collection to hand it work, and a source to hear back.</summary>
internal sealed class DedicatedThread : IDisposable
{
    private readonly BlockingCollection<TaskCompletionSource<int>> _work = [];
    private readonly Thread _thread;

    public DedicatedThread()
    {
        _thread = new(Run) { IsBackground = true };
        _thread.Start();
    }

    public Task<int> ExecuteAsync()
    {
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(done);
        return done.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var done in _work.GetConsumingEnumerable())
        {
            done.SetResult(1);
        }
    }
}
