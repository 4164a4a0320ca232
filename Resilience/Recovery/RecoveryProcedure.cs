namespace Resilience.Recovery;

/// <summary>A procedure that is made of delegates.</summary>
/// <param name="name">Its name: one of few, since it tags metrics.</param>
/// <param name="detect">Says what is wrong; null when nothing is.</param>
/// <param name="act">Does something about it.</param>
/// <param name="verify">Says whether it has helped; when null, it has as soon as <paramref name="detect"/> finds nothing.</param>
public sealed class RecoveryProcedure(
    string name,
    Func<CancellationToken, ValueTask<string?>> detect,
    Func<CancellationToken, ValueTask> act,
    Func<CancellationToken, ValueTask<bool>>? verify = null) : IRecoveryProcedure
{
    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public ValueTask<string?> DetectAsync(CancellationToken cancellationToken) => detect(cancellationToken);

    /// <inheritdoc />
    public ValueTask ActAsync(CancellationToken cancellationToken) => act(cancellationToken);

    /// <inheritdoc />
    public async ValueTask<bool> VerifyAsync(CancellationToken cancellationToken) => verify is null
        ? await detect(cancellationToken).ConfigureAwait(false) is null
        : await verify(cancellationToken).ConfigureAwait(false);
}
