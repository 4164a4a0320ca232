using Resilience.Memory;

namespace Resilience.Tests.Memory;

/// <summary>Memory that is as full as a test says: 1000 bytes of it.</summary>
internal sealed class ScriptedMemory : IMemorySource
{
    public long Used { get; set; }

    public long? Available { get; set; } = 1_000;

    public long Heap { get; set; }

    public long? HeapAvailable { get; set; }

    public int FullCollections { get; set; }

    public int Collections { get; private set; }

    /// <summary>Gets or sets what a collection frees.</summary>
    public long Garbage { get; set; }

    public MemoryReading Read() => new()
    {
        Used = Used,
        Available = Available,
        Source = "script",
        Heap = Heap,
        HeapAvailable = HeapAvailable,
        FullCollections = FullCollections,
    };

    public void Collect()
    {
        Collections++;
        FullCollections++;
        Used -= Garbage;
        Garbage = 0;
    }
}
