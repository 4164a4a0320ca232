namespace Resilience.ObjectPools;

/// <summary>A pool, whatever it pools.</summary>
internal interface ITrackedPool
{
    ObjectPoolSnapshot Snapshot();

    int Trim(double share);

    void KeepUp(double memoryLoad);
}
