using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Connection strings that are there and can be read, or stop the start with one line.</summary>
public static class ConnectionStringExtensions
{
    /// <summary>Checks <c>ConnectionStrings:{name}</c> at the start, beside the client that uses it.</summary>
    /// <remarks>Aspire's clients check theirs when they are first asked for, with an exception. The text may hold a password, so no message shows it.</remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="name">The connection's name in the AppHost.</param>
    /// <param name="parse">Reads the text. It throws <see cref="ArgumentException"/> or <see cref="FormatException"/> if it can't.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IHostApplicationBuilder AddRequiredConnectionString(this IHostApplicationBuilder builder, string name, Action<string> parse)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(parse);

        builder.Services.AddOptions<RequiredConnectionString>(name)
            .Configure<IConfiguration>((options, configuration) => options.Value = configuration.GetConnectionString(name) ?? "")
            .Validate(
                static options => options.Value.Length > 0,
                $"ConnectionStrings:{name} is missing. Start this service through AppHost, or set ConnectionStrings__{name}.")
            .Validate(
                options => options.Value.Length == 0 || IsReadable(options.Value, parse),
                $"ConnectionStrings:{name} can't be read (it isn't shown, since it may hold a password). Mend ConnectionStrings__{name}.")
            .ValidateOnStart();
        return builder;
    }

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

    private sealed class RequiredConnectionString
    {
        public string Value { get; set; } = "";
    }
}
