namespace Resilience.ObjectPools;

/// <summary>What a pool counts beside what its slots count by themselves; none of it happens on the fast path.</summary>
internal enum PoolEvent
{
    Created,
    Overflowed,
    Adopted,
    Discarded,
    Lost,
    DoubleReturn,
    ForeignReturn,
    Refused,
}
