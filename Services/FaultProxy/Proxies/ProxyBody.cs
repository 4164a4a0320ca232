namespace FaultProxy.Proxies;

/// <summary>A proxy as a client describes it; what it leaves out is null.</summary>
internal sealed record ProxyBody(string? Name = null, string? Listen = null, string? Upstream = null, bool? Enabled = null)
{
    /// <summary>Gets where it is to listen; any free port of the loopback where the client doesn't say.</summary>
    public string ListenOrAny => string.IsNullOrEmpty(Listen) ? "127.0.0.1:0" : Listen;

    /// <summary>Sees to it that a new proxy has what it needs.</summary>
    /// <exception cref="ProxyException">The name or the upstream is missing.</exception>
    public ProxyBody Checked() =>
        string.IsNullOrEmpty(Name) ? throw ProxyException.MissingField("name")
        : string.IsNullOrWhiteSpace(Upstream?.Replace(",", "", StringComparison.Ordinal)) ? throw ProxyException.MissingField("upstream")
        : this;
}
