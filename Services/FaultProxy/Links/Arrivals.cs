namespace FaultProxy.Links;

/// <summary>The bytes that a link holds, as chunks of what arrived together, oldest first.</summary>
/// <param name="together">What arrives within this many ticks of a chunk's first byte belongs to it, so that single bytes don't make a chunk each.</param>
internal sealed class Arrivals(long together)
{
    private readonly LinkedList<(long Number, long At, int Left)> _chunks = new();
    private long _next;

    /// <summary>Gets how many bytes are held.</summary>
    public long Held { get; private set; }

    /// <summary>Gets the oldest chunk: its number, when it arrived, and how many of its bytes are left.</summary>
    public (long Number, long At, int Left) Oldest => _chunks.First!.Value;

    public void Add(int length, long now)
    {
        Held += length;
        if (_chunks.Last is { } last && now - last.Value.At < together)
        {
            last.Value = last.Value with { Left = last.Value.Left + length };
            return;
        }

        _chunks.AddLast((_next++, now, length));
    }

    /// <summary>Takes bytes of the oldest chunk away.</summary>
    public void Take(int length)
    {
        Held -= length;
        var first = _chunks.First!;
        if (first.Value.Left == length)
        {
            _chunks.RemoveFirst();
            return;
        }

        first.Value = first.Value with { Left = first.Value.Left - length };
    }
}
