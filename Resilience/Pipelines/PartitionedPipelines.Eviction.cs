using Resilience.CircuitBreakers;
using Resilience.Telemetry;

namespace Resilience.Pipelines;

/// <content>Who makes room for whom.</content>
public sealed partial class PartitionedPipelines<TKey, TPipeline>
{
    private const int SweepPause = 100; // milliseconds for which a sweep that found no room is believed

    private bool TryReserve(long now)
    {
        while (true)
        {
            var count = Volatile.Read(ref _count);
            if (count < _capacity)
            {
                if (Interlocked.CompareExchange(ref _count, count + 1, count) == count)
                {
                    return true;
                }
            }
            else if (now < Volatile.Read(ref _fullUntil) || !TryEvictOne(now))
            {
                return false;
            }
        }
    }

    // Twice round at most: the first time may find all of them used since, which is forgiven once.
    private bool TryEvictOne(long now)
    {
        var waiting = default(SpinWait);
        for (var left = 2 * _capacity; left > 0; left--)
        {
            if (!_order.TryDequeue(out var partition))
            {
                waiting.SpinOnce(sleep1Threshold: -1); // others are looking at all of them, and will put them back
                continue;
            }

            if (partition.Used)
            {
                (partition.Used, partition.SeenAt) = (false, now);
            }
            else if (TryDrop(partition, ref _evicted, PartitionTelemetry.ForCapacity))
            {
                return true;
            }

            _order.Enqueue(partition);
        }

        Volatile.Write(ref _fullUntil, now + SweepPause);
        return false;
    }

    private bool TryDrop(Partition partition, ref long counter, string reason)
    {
        if (!MayEvict(partition.Pipeline))
        {
            return false;
        }

        _partitions.TryRemove(KeyValuePair.Create(partition.Key, partition));
        Interlocked.Decrement(ref _count);
        Interlocked.Increment(ref counter);
        PartitionTelemetry.Dropped(Name, reason);
        return true;
    }

#pragma warning disable CA1031 // Whatever a user's rule throws, what it was asked about is better kept than lost.
    private bool MayEvict(TPipeline pipeline)
    {
        try
        {
            return _mayEvict is not null ? _mayEvict(pipeline) : pipeline switch
            {
                CircuitBreaker breaker => breaker.HasNothingToRemember,
                IEvictable evictable => evictable.MayEvict,
                _ => true,
            };
        }
        catch (Exception exception)
        {
            CallbackErrors.Count(Name, exception);
            return false;
        }
    }
#pragma warning restore CA1031

    private sealed class Partition(TKey key, TPipeline pipeline, long now)
    {
        public TKey Key { get; } = key;

        public TPipeline Pipeline { get; } = pipeline;

        public long SeenAt { get; set; } = now;

        public bool Used { get; set; }
    }
}
