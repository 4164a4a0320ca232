namespace Resilience.Recovery;

/// <summary>Keeps a fleet from recovering itself all at once: an instance acts only while it holds one of a few leases that all instances share.</summary>
public interface IRecoveryLease
{
    /// <summary>Asks for a lease, without waiting for one.</summary>
    /// <param name="request">Who asks, and for what.</param>
    /// <param name="cancellationToken">Cancelled when the time to ask is over.</param>
    /// <returns>The lease: disposed when the action has ended. Null when as many instances as may hold one already. What it throws, or takes too long for, is no lease.</returns>
    ValueTask<IAsyncDisposable?> TryAcquireAsync(RecoveryLeaseRequest request, CancellationToken cancellationToken);
}
