using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ServiceDefaults.Data;

/// <summary>A connection string that the host hands over; missing or unreadable, it stops the start with one line.</summary>
internal sealed class ConnectionString
{
    /// <summary>Gets or sets the text; a secret, so never shown.</summary>
    public string Value { get; set; } = "";

    /// <summary>Reads <c>ConnectionStrings:{name}</c> and checks it at start.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="name">The connection's name in the AppHost.</param>
    /// <param name="parse">Throws <see cref="ArgumentException"/> or <see cref="FormatException"/> for what can't be read.</param>
    public static void Add(IHostApplicationBuilder builder, string name, Action<string> parse) => builder.Services
        .AddOptions<ConnectionString>(name)
        .Configure<IConfiguration>((options, configuration) => options.Value = configuration.GetConnectionString(name) ?? "")
        .Validate(
            static options => options.Value.Length > 0,
            $"ConnectionStrings:{name} is missing. Start this service through AppHost, or set ConnectionStrings__{name}.")
        .Validate(
            options => options.Value.Length == 0 || IsReadable(options.Value, parse),
            $"ConnectionStrings:{name} can't be read (it isn't shown, since it may hold a password). Mend ConnectionStrings__{name}.")
        .ValidateOnStart();

    private static bool IsReadable(string value, Action<string> parse)
    {
        try
        {
            parse(value);
            return true;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
