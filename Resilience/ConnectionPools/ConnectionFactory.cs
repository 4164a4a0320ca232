namespace Resilience.ConnectionPools;

/// <summary>What a pool does with its connections: derive from it for what is pooled.</summary>
/// <remarks>
/// The pool calls it from threads of its own, never under a lock and never on the thread of somebody who asks for a connection, except for
/// <see cref="OnReturn"/>. What it throws counts as the answer "it is broken", and is never the pool's end.
/// </remarks>
/// <typeparam name="T">What is pooled.</typeparam>
public abstract class ConnectionFactory<T>
    where T : class
{
    /// <summary>Makes a connection that is ready to be used.</summary>
    /// <param name="cancellationToken">Cancelled after <see cref="ConnectionPoolOptions.ConnectTimeout"/>, and when the pool is disposed.</param>
    /// <returns>The connection; the pool's until it hands it back to <see cref="DestroyAsync"/>.</returns>
    public abstract ValueTask<T> CreateAsync(CancellationToken cancellationToken);

    /// <summary>Gets a value indicating whether <see cref="ValidateAsync"/> finds anything out. False unless overridden: then nothing is checked.</summary>
    public virtual bool CanValidate => false;

    /// <summary>Says what becomes of a connection that was just given back. Runs on the thread that gives it back: look, and do no I/O.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns><see cref="ReturnAction.Keep"/> unless overridden.</returns>
    public virtual ReturnAction OnReturn(T connection) => ReturnAction.Keep;

    /// <summary>Makes a connection as good as new after <see cref="OnReturn"/> asked for it, before anybody else gets it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancelled after <see cref="ConnectionPoolOptions.ValidationTimeout"/>.</param>
    /// <returns>False when it can't be used again.</returns>
    public virtual ValueTask<bool> ResetAsync(T connection, CancellationToken cancellationToken) => new(result: true);

    /// <summary>Finds out whether a connection that lay idle still works, by asking the other side.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancelled after <see cref="ConnectionPoolOptions.ValidationTimeout"/>.</param>
    /// <returns>False when it doesn't.</returns>
    public virtual ValueTask<bool> ValidateAsync(T connection, CancellationToken cancellationToken) => new(result: true);

    /// <summary>Ends a connection. Called once for each that was made; disposes it unless overridden.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>Done when the other side has it no more.</returns>
    public virtual ValueTask DestroyAsync(T connection)
    {
        switch (connection)
        {
            case IAsyncDisposable asynchronous:
                return asynchronous.DisposeAsync();
            case IDisposable synchronous:
                synchronous.Dispose();
                return default;
            default:
                return default;
        }
    }
}
