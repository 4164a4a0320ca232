namespace Resilience.Memory;

/// <summary>Where a memory manager's readings come from, and what it has collected with. Replace it in tests.</summary>
public interface IMemorySource
{
    /// <summary>Reads how much memory is used and how much there is.</summary>
    /// <returns>The reading.</returns>
    MemoryReading Read();

    /// <summary>Collects everything that can be collected, and gives memory back.</summary>
    void Collect();
}
