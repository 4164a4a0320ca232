namespace Resilience.ConnectionPools;

/// <summary>A pool of whatever, as the gauges see it.</summary>
internal interface IPool
{
    PoolInstruments Instruments { get; }

    ConnectionPoolSnapshot Snapshot();
}
