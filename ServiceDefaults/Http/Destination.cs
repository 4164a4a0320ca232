using System.Globalization;

namespace ServiceDefaults.Http;

/// <summary>Where a request goes, after service discovery.</summary>
internal readonly record struct Destination(string Host, int Port)
{
    public static Destination Of(Uri? address) => address is null ? default : new(address.Host, address.Port);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
