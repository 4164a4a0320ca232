using FaultProxy.Toxics;

namespace FaultProxy.Proxies;

/// <summary>A proxy as clients see it.</summary>
internal sealed record ProxyView(string Name, string Listen, string Upstream, bool Enabled, IReadOnlyList<Toxic> Toxics)
{
    public static ProxyView Of(Proxy proxy) => new(proxy.Name, proxy.Listen, proxy.Upstream, proxy.Enabled, proxy.Toxics.All);
}
