namespace Resilience.Measurement;

/// <summary>The end of something that works in the background: cancelled once, whoever ends it how often and at once with whom.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class StopOnce : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private int _isStopped;

    public StopOnce() => Token = _stopping.Token;

    /// <summary>Gets what is cancelled with it. Can be asked after the end, too.</summary>
    public CancellationToken Token { get; }

    /// <summary>Gets a value indicating whether it has ended.</summary>
    public bool IsStopped => Volatile.Read(ref _isStopped) != 0;

    /// <summary>Ends it.</summary>
    /// <returns>False when it had ended.</returns>
    public bool TryStop()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0)
        {
            return false;
        }

        _stopping.Cancel();
        _stopping.Dispose();
        return true;
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => TryStop();
}
