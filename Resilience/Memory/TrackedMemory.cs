namespace Resilience.Memory;

/// <summary>Memory that is accounted to a tag until this is disposed. A second time is harmless.</summary>
/// <remarks>Without a finalizer: who forgets to dispose it shows as a tag that grows, and nothing is brought back to life to say so.</remarks>
public sealed class TrackedMemory : IDisposable
{
    private readonly TagAccount _all;
    private readonly long _bytes;
    private TagAccount? _account;

    internal TrackedMemory(TagAccount account, TagAccount all, long bytes)
    {
        _account = account;
        _all = all;
        _bytes = bytes;
        account.Add(bytes, 1);
        all.Add(bytes, 1);
    }

    /// <summary>Takes the bytes off the tag's account.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _account, null) is { } account)
        {
            account.Add(-_bytes, -1);
            _all.Add(-_bytes, -1);
        }
    }
}
