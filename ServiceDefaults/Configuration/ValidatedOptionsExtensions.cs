using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServiceDefaults.Configuration;

namespace Microsoft.Extensions.Hosting;

/// <summary>Options that are right, or stop the start with one line for each that isn't.</summary>
public static class ValidatedOptionsExtensions
{
    /// <summary>Binds options to a section and checks them at start: unknown keys, unreadable values, ranges, and <c>IValidatableObject</c>.</summary>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="builder">The service's builder.</param>
    /// <param name="section">The section's path, such as <c>Orders</c>.</param>
    /// <param name="name">The name of the options; the unnamed ones by default.</param>
    /// <returns>The options' builder.</returns>
    public static OptionsBuilder<TOptions> AddValidatedOptions<TOptions>(
        this IHostApplicationBuilder builder, string section, string? name = null)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(section);

        name ??= Options.Options.DefaultName;
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new SectionValidator<TOptions>(asked => asked == name ? section : null));
        builder.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(
            services => new ConfigurationChangeTokenSource<TOptions>(name, services.GetRequiredService<IConfiguration>().GetSection(section)));
        return builder.Services.AddOptions<TOptions>(name)
            .Configure<IConfiguration>((options, configuration) => SectionBinder.Bind(options, name, configuration.GetSection(section)))
            .ValidateOnStart();
    }
}
