namespace Resilience.Profiling;

/// <summary>What a report is about.</summary>
public enum ProfileMeasure
{
    /// <summary>Time that passed.</summary>
    Wall,

    /// <summary>Time on a CPU.</summary>
    Cpu,

    /// <summary>Bytes allocated.</summary>
    Bytes,
}
