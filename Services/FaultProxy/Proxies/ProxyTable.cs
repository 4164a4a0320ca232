using FaultProxy.Toxics;

namespace FaultProxy.Proxies;

/// <summary>All proxies, by name. Changes come one at a time.</summary>
internal sealed class ProxyTable(Transport transport, ToxicSetting setting, ILogger<Proxy> logger) : IAsyncDisposable
{
    private readonly SortedDictionary<string, Proxy> _proxies = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);

    public Task<IReadOnlyList<ProxyView>> AllAsync(CancellationToken cancellationToken) =>
        OneAtATimeAsync<IReadOnlyList<ProxyView>>(() => Task.FromResult<IReadOnlyList<ProxyView>>([.. _proxies.Values.Select(ProxyView.Of)]), cancellationToken);

    public Task<ProxyView> GetAsync(string name, CancellationToken cancellationToken) =>
        OneAtATimeAsync(() => Task.FromResult(ProxyView.Of(Find(name))), cancellationToken);

    /// <summary>Gets how many connections a proxy carries.</summary>
    public Task<int> ConnectionsAsync(string name, CancellationToken cancellationToken) =>
        OneAtATimeAsync(() => Task.FromResult(Find(name).Connections), cancellationToken);

    public Task<ProxyView> AddAsync(ProxyBody body, CancellationToken cancellationToken) => OneAtATimeAsync(
        async () =>
        {
            var wanted = body.Checked();
            if (_proxies.ContainsKey(wanted.Name!))
            {
                throw ProxyException.ProxyExists();
            }

            return ProxyView.Of(await MakeAsync(wanted, cancellationToken));
        },
        cancellationToken);

    /// <summary>Makes each of them, or makes it what is asked for; its toxics stay where nothing of it changes.</summary>
    public Task<IReadOnlyList<ProxyView>> PopulateAsync(IReadOnlyList<ProxyBody> bodies, CancellationToken cancellationToken) => OneAtATimeAsync<IReadOnlyList<ProxyView>>(
        async () =>
        {
            // All are looked at before one is touched.
            var wanted = bodies.Select(static body => body.Checked()).ToList();
            if (wanted.GroupBy(static body => body.Name).FirstOrDefault(static same => same.Count() > 1) is { Key: var twice })
            {
                throw ProxyException.BadBody($"the proxy \"{twice}\" is named twice.");
            }

            foreach (var body in wanted)
            {
                await new Upstream(body.Upstream!).CheckAsync(cancellationToken);
                await LoopbackAddress.ResolveAsync("listen", body.ListenOrAny, cancellationToken);
            }

            var made = new List<ProxyView>();
            foreach (var body in wanted)
            {
                if (_proxies.TryGetValue(body.Name!, out var there) && !await there.IsBetweenAsync(body.ListenOrAny, body.Upstream!, cancellationToken))
                {
                    await RemoveAsync(there);
                    there = null;
                }

                if (there is null)
                {
                    there = await MakeAsync(body, cancellationToken);
                }
                else
                {
                    await there.UpdateAsync(there.Listen, there.Upstream, body.Enabled ?? true, cancellationToken);
                }

                made.Add(ProxyView.Of(there));
            }

            return made;
        },
        cancellationToken);

    public Task<ProxyView> UpdateAsync(string name, ProxyBody body, CancellationToken cancellationToken) => OneAtATimeAsync(
        async () =>
        {
            var proxy = Find(name);
            await proxy.UpdateAsync(body.Listen ?? proxy.Listen, body.Upstream ?? proxy.Upstream, body.Enabled ?? proxy.Enabled, cancellationToken);
            return ProxyView.Of(proxy);
        },
        cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken) => OneAtATimeAsync(
        async () =>
        {
            await RemoveAsync(Find(name));
            return true;
        },
        cancellationToken);

    /// <summary>Puts all proxies up, and takes all toxics away.</summary>
    public Task ResetAsync(CancellationToken cancellationToken) => OneAtATimeAsync(
        async () =>
        {
            foreach (var proxy in _proxies.Values)
            {
                await proxy.StartAsync(cancellationToken);
                proxy.Toxics.Clear();
                proxy.Wake();
            }

            return true;
        },
        cancellationToken);

    /// <summary>Looks at, or changes, the toxics of one proxy.</summary>
    /// <param name="name">The proxy's name.</param>
    /// <param name="work">What to do with them.</param>
    /// <param name="cancellationToken">Ends the wait for one's turn.</param>
    /// <returns>What <paramref name="work"/> returned, once each connection was told.</returns>
    public Task<T> WithToxicsAsync<T>(string name, Func<ToxicList, T> work, CancellationToken cancellationToken) => OneAtATimeAsync(
        () =>
        {
            var proxy = Find(name);
            var result = work(proxy.Toxics);
            proxy.Wake();
            return Task.FromResult(result);
        },
        cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
        {
            await proxy.DisposeAsync();
        }

        _one.Dispose();
    }

    private Proxy Find(string name) => _proxies.GetValueOrDefault(name) ?? throw ProxyException.NoProxy();

    private async Task<Proxy> MakeAsync(ProxyBody body, CancellationToken cancellationToken)
    {
        var proxy = new Proxy(body.Name!, body.ListenOrAny, body.Upstream!, transport, setting, logger);
        await proxy.UpdateAsync(body.ListenOrAny, body.Upstream!, body.Enabled ?? true, cancellationToken);
        _proxies.Add(proxy.Name, proxy);
        return proxy;
    }

    private async Task RemoveAsync(Proxy proxy)
    {
        _proxies.Remove(proxy.Name);
        await proxy.DisposeAsync();
    }

    private async Task<T> OneAtATimeAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _one.Release();
        }
    }
}
