using Microsoft.Extensions.Time.Testing;
using Resilience.ConnectionPools;

namespace Resilience.Tests.ConnectionPools;

/// <summary>What a pool is, written as lists: no fast path, no background, no reuse. Its server answers at once.</summary>
internal sealed class PoolModel(int maxSize, int maxOverflow)
{
    private readonly List<(PooledLease<FakeConnection> Lease, bool IsStale)> _held = [];
    private readonly List<(Task<PooledLease<FakeConnection>> Task, CancellationTokenSource Cancellation)> _waiting = [];
    private readonly FakeServer _server = new();
    private int _idle;
    private int _maxSize = maxSize;
    private bool _isSuspended;
    private long _staleReturns;
    private long _lent;

    private int Total => _idle + _held.Count;

    public bool Run((int Operation, int Argument)[] operations)
    {
        using var pool = new ConnectionPool<FakeConnection>(
            "model",
            _server,
            new() { MaxSize = _maxSize, MaxOverflow = maxOverflow, AcquireTimeout = TimeSpan.FromDays(1), QueueTarget = TimeSpan.Zero },
            new FakeTimeProvider(),
            static work => _ = work());
        foreach (var (operation, argument) in operations)
        {
            Apply(pool, operation, argument);
            var now = pool.Snapshot();
            if ((now.Idle, now.InUse, now.Creating, now.Closing, now.Waiting, now.Total) != (_idle, _held.Count, 0, 0, _waiting.Count, Total)
                || (now.StaleReturns, now.Lent, now.Created - now.Destroyed) != (_staleReturns, _lent, Total))
            {
                return false;
            }
        }

        return true;
    }

    private void Apply(ConnectionPool<FakeConnection> pool, int operation, int argument)
    {
        switch (operation)
        {
            case 0 or 1 or 2 or 3:
                Come(pool);
                break;
            case 4 or 5 or 6 when _held.Count > 0:
                GiveBack(argument % _held.Count, isBroken: operation == 6);
                break;
            case 7 when _waiting.Count > 0:
                var waiter = _waiting[argument % _waiting.Count];
                _waiting.Remove(waiter);
                waiter.Cancellation.Cancel();
                Settle();
                break;
            case 8:
                pool.EvictAll();
                _idle = 0;
                for (var index = 0; index < _held.Count; index++)
                {
                    _held[index] = (_held[index].Lease, IsStale: true);
                }

                Settle();
                break;
            case 9:
                _maxSize = argument + 1;
                pool.Resize(_maxSize);
                Settle();
                break;
            case 10:
                _isSuspended = true;
                pool.Suspend();
                break;
            case 11:
                _isSuspended = false;
                pool.Resume();
                Settle();
                break;
            default:
                break;
        }
    }

    private void Come(ConnectionPool<FakeConnection> pool)
    {
        var cancellation = new CancellationTokenSource();
        _waiting.Add((pool.AcquireAsync(cancellation.Token).AsTask(), cancellation));
        Settle();
    }

    private void GiveBack(int index, bool isBroken)
    {
        var (lease, isStale) = _held[index];
        _held.RemoveAt(index);
        lease.Connection.IsBroken = isBroken;
        lease.Dispose();
        lease.Dispose();
        _staleReturns++;
        _idle += isBroken || isStale ? 0 : 1;
        Settle();
    }

    // First come, first served: from what is idle, then from new ones, of which there is one more for each who waits, within bounds.
    private void Settle()
    {
        while (!_isSuspended && _waiting.Count > 0 && (_idle > 0 || Total < _maxSize + maxOverflow))
        {
            _idle -= _idle > 0 ? 1 : 0;
            _held.Add((Granted(_waiting[0].Task), IsStale: false));
            _waiting.RemoveAt(0);
            _lent++;
        }

        while (_waiting.Count == 0 && Total > _maxSize && _idle > 0)
        {
            _idle--;
        }
    }

#pragma warning disable VSTHRD002 // Decided already: only the hop to the thread pool is still to come.
    private static PooledLease<FakeConnection> Granted(Task<PooledLease<FakeConnection>> task) => task.WaitAsync(TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
}
