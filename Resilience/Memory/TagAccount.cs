namespace Resilience.Memory;

/// <summary>What is alive under one tag. Safe for concurrent use.</summary>
internal sealed class TagAccount(string tag)
{
    private readonly Lock _lock = new();
    private readonly LeakTrend _trend = new();
    private long _bytes;
    private long _scopes;

    public string Tag { get; } = tag;

    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(long bytes, int scopes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _scopes, scopes);
    }

    /// <summary>Remembers what is alive, after a full collection.</summary>
    public void Sample(long milliseconds)
    {
        lock (_lock)
        {
            _trend.Add(milliseconds / 1000.0, Bytes);
        }
    }

    public TagSnapshot Snapshot()
    {
        lock (_lock)
        {
            var (growth, confidence) = _trend.Read();
            return new(Tag, Bytes, Volatile.Read(ref _scopes), growth, confidence);
        }
    }
}
