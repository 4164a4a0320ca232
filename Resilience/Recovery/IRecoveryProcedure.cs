namespace Resilience.Recovery;

/// <summary>One thing that can go wrong, and what an operator would do about it.</summary>
/// <remarks>
/// Nothing of it is called twice at a time. Each call has a time limit, after which its token is cancelled and it is waited for no more; what it throws is counted.
/// Let no call block its thread.
/// </remarks>
public interface IRecoveryProcedure
{
    /// <summary>Gets its name: one of few, since it tags metrics.</summary>
    string Name { get; }

    /// <summary>Looks whether anything is wrong that <see cref="ActAsync"/> would help against.</summary>
    /// <param name="cancellationToken">Cancelled when the time to look is over.</param>
    /// <returns>What is wrong, in a sentence; null when nothing is. What it throws is neither.</returns>
    ValueTask<string?> DetectAsync(CancellationToken cancellationToken);

    /// <summary>Does something about it. May be called again while it is still wrong, so doing it twice must do no harm.</summary>
    /// <param name="cancellationToken">Cancelled when the time to act is over.</param>
    /// <returns>Done when it is done, whether or not it has helped yet.</returns>
    ValueTask ActAsync(CancellationToken cancellationToken);

    /// <summary>Looks whether it has helped. Asked again until it says so, or the time to verify is over.</summary>
    /// <param name="cancellationToken">Cancelled when the time to look is over.</param>
    /// <returns>True when it has.</returns>
    ValueTask<bool> VerifyAsync(CancellationToken cancellationToken);
}
