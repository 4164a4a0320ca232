using System.Globalization;
using System.Runtime.InteropServices;

namespace Resilience.Memory;

/// <summary>An amount of memory: a number of bytes, or a share of what the container or the machine gives.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MemoryLimit
{
    private readonly double _ratio;
    private readonly long _bytes;

    private MemoryLimit(double ratio, long bytes)
    {
        _ratio = ratio;
        _bytes = bytes;
    }

    /// <summary>Gets a limit of a number of bytes.</summary>
    /// <param name="bytes">1 or more.</param>
    /// <returns>The limit.</returns>
    public static MemoryLimit OfBytes(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return new(0, bytes);
    }

    /// <summary>Gets a limit that is a share of what there is.</summary>
    /// <param name="ratio">Above 0, to 1.</param>
    /// <returns>The limit.</returns>
    public static MemoryLimit OfAvailable(double ratio)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ratio);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ratio, 1);
        return new(ratio, 0);
    }

    /// <summary>Gets the limit in bytes.</summary>
    /// <param name="available">How many bytes there are; null when that isn't known.</param>
    /// <returns>The bytes; null for a share of nobody knows what, and for the default value.</returns>
    public long? In(long? available) => _bytes > 0 ? _bytes : _ratio > 0 && available is { } bytes ? (long)(_ratio * bytes) : null;

    /// <inheritdoc/>
    public override string ToString() => _bytes > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{_bytes} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{_ratio} of what there is");
}
