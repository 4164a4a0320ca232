using System.Runtime.InteropServices;

namespace Resilience.Retries;

/// <summary>The stretch of code that is part of an attempt; <c>using</c> ends it.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AttemptScope : IDisposable
{
    private readonly int _before;

    internal AttemptScope(int before) => _before = before;

    /// <summary>Restores the number of the attempt from before.</summary>
    public void Dispose() => AttemptCount.Set(_before);
}
