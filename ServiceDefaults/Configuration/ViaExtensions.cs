using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ServiceDefaults.Configuration;

/// <summary>Reaches a store or a service by way of another address, such as a fault proxy's: <c>Via:ordersdb=http://localhost:15201</c>.</summary>
/// <remarks>Of a connection string, only where it leads changes; user, password and all else stay. Of a service, every replica's address does.</remarks>
internal static class ViaExtensions
{
    private const string Section = "Via";

    public static void AddVia(this IHostApplicationBuilder builder)
    {
        var changes = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var problems = new List<string>();
        foreach (var via in builder.Configuration.GetSection(Section).GetChildren())
        {
            if (!Uri.TryCreate(via.Value, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttp)
            {
                problems.Add($"{via.Path} is '{via.Value}', which is no address. Write it as http://localhost:15201, or remove it.");
            }
            else if (builder.Configuration.GetConnectionString(via.Key) is { Length: > 0 } connectionString)
            {
                changes[$"ConnectionStrings:{via.Key}"] = Lead(connectionString, address);
            }
            else if (builder.Configuration.GetSection($"services:{via.Key}:http").GetChildren().ToList() is { Count: > 0 } replicas)
            {
                replicas.ForEach(replica => changes[replica.Path] = address.GetLeftPart(UriPartial.Authority));
            }
            else
            {
                problems.Add($"{via.Path} leads to nothing: there is no ConnectionStrings:{via.Key}, and no service '{via.Key}'. Remove it, or correct its name.");
            }
        }

        if (changes.Count > 0)
        {
            builder.Configuration.AddInMemoryCollection(changes);
        }

        foreach (var problem in problems)
        {
            builder.Services.AddOptions<Vias>().Validate(static _ => false, problem).ValidateOnStart();
        }
    }

    // Redis writes its hosts first and without a key; PostgreSQL has a key for each part.
    private static string Lead(string connectionString, Uri address)
    {
        if (!connectionString.Split(',')[0].Contains('=', StringComparison.Ordinal))
        {
            return string.Join(',', connectionString.Split(',').Skip(1).Prepend($"{address.Host}:{address.Port.ToString(CultureInfo.InvariantCulture)}"));
        }

        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            parts.Remove("Server");
            parts["Host"] = address.Host;
            parts["Port"] = address.Port;
            return parts.ConnectionString;
        }
        catch (ArgumentException)
        {
            return connectionString; // whoever needs it says that it can't be read
        }
    }

    private sealed class Vias;
}
