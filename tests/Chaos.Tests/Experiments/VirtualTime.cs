using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Chaos.Tests.Experiments;

/// <summary>Runs asynchronous code on one thread, and lets time pass only while all of it waits.</summary>
internal sealed class VirtualTime(FakeTimeProvider clock) : SynchronizationContext
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _longest = TimeSpan.FromHours(2);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _pending = [];

    /// <summary>Runs it to its end.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="run">Starts it.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="TimeoutException">It didn't end within two hours of virtual time.</exception>
    public Task<T> RunAsync<T>(Func<Task<T>> run)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var began = clock.GetUtcNow();
            var running = run();
            while (!running.IsCompleted)
            {
                // A cancellation calls back on another thread, so what it causes may arrive a moment later.
                if (_pending.TryTake(out var next) || (IsCancelling && _pending.TryTake(out next, _moment)))
                {
                    next.Callback(next.State);
                }
                else if (clock.GetUtcNow() - began > _longest)
                {
                    throw new TimeoutException($"It didn't end within {_longest} of virtual time.");
                }
                else
                {
                    clock.Advance(_step);
                }
            }

            return running;
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <inheritdoc />
    public override void Post(SendOrPostCallback d, object? state) => _pending.Add((d, state));

    private static bool IsCancelling => ThreadPool.PendingWorkItemCount > 0;
}
