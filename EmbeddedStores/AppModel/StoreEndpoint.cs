
namespace EmbeddedStores.AppModel;

/// <summary>Sets the endpoint <c>tcp</c> of a store.</summary>
internal static class StoreEndpoint
{
    /// <summary>Gives the endpoint a port that the process itself listens on.</summary>
    /// <param name="store">The store's builder.</param>
    /// <returns>The port that the model asks for, else a free one.</returns>
    public static int Reserve<T>(IResourceBuilder<T> store)
        where T : IResourceWithEndpoints
    {
        var port = 0;
        store.WithEndpoint("tcp", endpoint =>
        {
            port = endpoint.Port ?? LoopbackPorts.Reserve();
            endpoint.Port = port;
            endpoint.TargetPort = port;
            endpoint.IsProxied = false; // a dead store must refuse connections
        });
        return port;
    }

    /// <summary>Gives the endpoint the address of a server that runs already.</summary>
    /// <param name="store">The store's builder.</param>
    /// <param name="host">The server's host.</param>
    /// <param name="port">The server's port.</param>
    public static void Allocate<T>(IResourceBuilder<T> store, string host, int port)
        where T : IResourceWithEndpoints =>
        store.WithEndpoint("tcp", endpoint =>
        {
            endpoint.IsProxied = false;
            endpoint.AllocatedEndpoint = new(endpoint, host, port);
        });
}
