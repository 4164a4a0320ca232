namespace Resilience.ObjectPools;

/// <summary>Counts what happens to a pool off its fast path. Safe for concurrent use.</summary>
internal sealed class PoolCounters
{
    private readonly long[] _counts = new long[(int)PoolEvent.Refused + 1];

    public void Count(PoolEvent happened) => Interlocked.Increment(ref _counts[(int)happened]);

    public ObjectPoolSnapshot Snapshot<T>(string name, int waiting, SlotTable<T> slots)
        where T : class
    {
        var (idle, inUse, rents) = (0, 0, Read(PoolEvent.Overflowed) - Read(PoolEvent.Adopted));
        for (var slot = 0; slot < slots.Capacity; slot++)
        {
            var seen = Volatile.Read(ref slots.State(slot));
            idle += SlotState.KindOf(seen) == SlotState.Idle ? 1 : 0;
            inUse += SlotState.KindOf(seen) is SlotState.Out or SlotState.Faded ? 1 : 0;
            rents += SlotState.Rents(seen);
        }

        return new()
        {
            Name = name,
            MaxSize = slots.Capacity,
            Idle = idle,
            InUse = inUse,
            Waiting = waiting,
            Rents = rents,
            Created = Read(PoolEvent.Created),
            Overflowed = Read(PoolEvent.Overflowed),
            Discarded = Read(PoolEvent.Discarded),
            Lost = Read(PoolEvent.Lost),
            DoubleReturns = Read(PoolEvent.DoubleReturn),
            ForeignReturns = Read(PoolEvent.ForeignReturn),
            Refused = Read(PoolEvent.Refused),
        };
    }

    private long Read(PoolEvent happened) => Volatile.Read(ref _counts[(int)happened]);
}
