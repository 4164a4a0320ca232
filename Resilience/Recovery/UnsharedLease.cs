namespace Resilience.Recovery;

/// <summary>The lease of an instance that is alone.</summary>
internal sealed class UnsharedLease : IRecoveryLease, IAsyncDisposable
{
    public static UnsharedLease Instance { get; } = new();

    public ValueTask<IAsyncDisposable?> TryAcquireAsync(RecoveryLeaseRequest request, CancellationToken cancellationToken) => new(this);

    public ValueTask DisposeAsync() => default;
}
