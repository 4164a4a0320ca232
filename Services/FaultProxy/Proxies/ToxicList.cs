using FaultProxy.Toxics;

namespace FaultProxy.Proxies;

/// <summary>The toxics of a proxy. Links read them at any time; one at a time changes them.</summary>
internal sealed class ToxicList
{
    private volatile IReadOnlyList<Toxic> _upstream = [];
    private volatile IReadOnlyList<Toxic> _downstream = [];

    /// <summary>Gets all of them, by direction and then in their order.</summary>
    public IReadOnlyList<Toxic> All => [.. _upstream, .. _downstream];

    /// <summary>Gets those of one direction: the same list until one of them changes.</summary>
    public IReadOnlyList<Toxic> Of(string stream) => stream == Toxic.Upstream ? _upstream : _downstream;

    /// <exception cref="ProxyException">There is none of that name.</exception>
    public Toxic Get(string name) => All.FirstOrDefault(toxic => toxic.Name == name) ?? throw ProxyException.NoToxic();

    /// <summary>Adds one behind the others of its direction.</summary>
    /// <exception cref="ProxyException">There is one of its name.</exception>
    public void Add(Toxic toxic)
    {
        if (All.Any(other => other.Name == toxic.Name))
        {
            throw ProxyException.ToxicExists();
        }

        Set(toxic.Stream, [.. Of(toxic.Stream), toxic]);
    }

    /// <summary>Puts one in the place of the one before.</summary>
    public void Replace(Toxic before, Toxic after) => Set(before.Stream, [.. Of(before.Stream).Select(toxic => toxic == before ? after : toxic)]);

    /// <exception cref="ProxyException">There is none of that name.</exception>
    public void Remove(string name)
    {
        var gone = Get(name);
        Set(gone.Stream, [.. Of(gone.Stream).Where(toxic => toxic != gone)]);
    }

    public void Clear() => (_upstream, _downstream) = ([], []);

    private void Set(string stream, IReadOnlyList<Toxic> toxics)
    {
        if (stream == Toxic.Upstream)
        {
            _upstream = toxics;
        }
        else
        {
            _downstream = toxics;
        }
    }
}
