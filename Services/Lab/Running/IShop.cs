using Lab.Conservation;

namespace Lab.Running;

/// <summary>A running shop as experiments see it: its doors, what starts and ends its parts, and what its databases hold.</summary>
/// <remarks>
/// A part is a service or a store, such as <c>orders</c>, which means all its replicas, or one instance of it. Implementations are safe for concurrent use.
/// Faults on edges are the fault proxy's: see <see cref="EdgeFaults"/>.
/// </remarks>
public interface IShop
{
    /// <summary>Gets a client for the shop's front door. It repeats nothing, and waits longer than the gateway's longest deadline.</summary>
    HttpClient Gateway { get; }

    /// <summary>Gets a client for inventory's own door, which the gateway doesn't open: for what an operator does.</summary>
    HttpClient Inventory { get; }

    /// <summary>Gets a client for the fault proxy that all edges of the shop lead through.</summary>
    HttpClient FaultProxy { get; }

    /// <summary>Connects to one instance of a service.</summary>
    /// <param name="instance">Its name.</param>
    /// <returns>A client, to be disposed. After a restart the instance may have another address.</returns>
    HttpClient ConnectTo(string instance);

    /// <summary>Gets the names of a part's instances.</summary>
    /// <param name="part">The part.</param>
    /// <returns>The names, always in the same order.</returns>
    IReadOnlyList<string> InstancesOf(string part);

    /// <summary>Gets the process that does the work of an instance.</summary>
    /// <param name="part">An instance, or a part that has only one.</param>
    /// <returns>The process's number.</returns>
    int ProcessIdOf(string part);

    /// <summary>Ends a part at once (SIGKILL).</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When the host has noticed.</returns>
    Task KillAsync(string part, CancellationToken cancellationToken);

    /// <summary>Starts those instances of a part that don't run.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When their processes run, which is before they are healthy.</returns>
    Task StartAsync(string part, CancellationToken cancellationToken);

    /// <summary>Asks a part to stop (SIGTERM), and starts it again.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="environment">Settings besides its usual ones, until the next restart.</param>
    /// <returns>When it is healthy.</returns>
    Task RestartAsync(string part, CancellationToken cancellationToken, params (string Name, string Value)[] environment);

    /// <summary>Waits until every instance of a part is healthy.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When they are.</returns>
    Task UntilHealthyAsync(string part, CancellationToken cancellationToken);

    /// <summary>Suspends a part with all its processes (SIGSTOP): its connections stay open, and nothing is answered.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is suspended.</returns>
    Task PauseAsync(string part, CancellationToken cancellationToken);

    /// <summary>Lets a part run that was paused (SIGCONT); one that wasn't, or doesn't run, stays as it is.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it runs.</returns>
    Task ResumeAsync(string part, CancellationToken cancellationToken);

    /// <summary>Locks the row of one product's stock, as a transaction does that doesn't end.</summary>
    /// <param name="sku">The product's code.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock; disposing it lets go.</returns>
    Task<IAsyncDisposable> LockStockAsync(string sku, CancellationToken cancellationToken);

    /// <summary>Reads what both databases hold.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The state as it is.</returns>
    Task<ShopState> ReadStateAsync(CancellationToken cancellationToken);

    /// <summary>Gets the requests that a service has answered, as its spans tell.</summary>
    /// <param name="service">The service.</param>
    /// <returns>The requests, in the order in which they were reported: up to some seconds after they ended.</returns>
    IReadOnlyList<ServedRequest> RequestsTo(string service);
}

/// <summary>A request that a service has answered.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path.</param>
/// <param name="Instance">How telemetry names the instance; the end of the instance's name.</param>
public readonly record struct ServedRequest(string Method, string Path, string Instance);
