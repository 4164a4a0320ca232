using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Health;
using ServiceDefaults.Configuration;

namespace ServiceDefaults.Health;

/// <summary>Registers the checks that every service has, those that its configuration names, and what runs them in the background.</summary>
internal static class HealthExtensions
{
    private const string PaceSection = "Resilience:Health:Checks";

    public static void AddHealth(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddHealthChecks()
            .AddCheck<PipelineHealthCheck>(PipelineHealthCheck.Name, HealthStatus.Degraded)
            .AddCheck<SystemHealthCheck>(SystemHealthCheck.Name, HealthStatus.Degraded);
        services.AddSingleton<SystemHealthCheck>();
        services.AddSingleton<ThreadPoolGuard>(static _ => new());
        services.AddSingleton<HealthMonitor>();
        services.AddHostedService(static services => services.GetRequiredService<HealthMonitor>());

        builder.AddValidatedOptions<SystemHealthOptions>(SystemHealthOptions.Section);
        builder.AddTargets<HttpTarget>(HttpTarget.Section, static target => new HttpHealthCheck(target.Address!));
        builder.AddTargets<TcpTarget>(TcpTarget.Section, static target => target.CreateCheck());
        builder.AddPaces();
    }

    // Addresses come from the configuration alone: nothing that a request says is ever fetched.
    private static void AddTargets<TTarget>(this IHostApplicationBuilder builder, string section, Func<TTarget, IHealthCheck> create)
        where TTarget : HealthTarget
    {
        foreach (var target in builder.Configuration.GetSection(section).GetChildren())
        {
            builder.AddValidatedOptions<TTarget>($"{section}:{target.Key}", target.Key);
        }

        builder.Services.AddOptions<HealthCheckServiceOptions>().Configure<IConfiguration, IOptionsMonitor<TTarget>>((options, configuration, targets) =>
        {
            foreach (var name in configuration.GetSection(section).GetChildren().Select(static target => target.Key))
            {
                var target = targets.Get(name);
                var check = create(target);
                options.Registrations.Add(new(name, _ => check, target.FailureStatus, tags: null));
            }
        });
    }

    private static void AddPaces(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.Configure<HealthPace>(PipelineHealthCheck.Name, static pace => (pace.Rise, pace.Fall) = (1, 1)); // breakers have waited for proof already
        services.AddSingleton<IConfigureOptions<HealthPace>, ConfigurePaceByName>();
        services.AddSingleton<IValidateOptions<HealthPace>>(new SectionValidator<HealthPace>(SectionOf));
        services.AddSingleton<IValidateOptions<HealthPace>, NamesOfChecks>();
        foreach (var check in builder.Configuration.GetSection(PaceSection).GetChildren())
        {
            services.AddOptions<HealthPace>(check.Key).ValidateOnStart();
        }
    }

    private static string SectionOf(string? check) => $"{PaceSection}:{check}";

    // What a check was registered with comes before the defaults, and the configuration before both.
    private sealed class ConfigurePaceByName(IConfiguration configuration, IOptions<HealthCheckServiceOptions> checks) : IConfigureNamedOptions<HealthPace>
    {
        public void Configure(string? name, HealthPace options)
        {
            if (checks.Value.Registrations.FirstOrDefault(check => check.Name == name) is { } check)
            {
                options.Period = check.Period ?? options.Period;
                options.Timeout = check.Timeout == Timeout.InfiniteTimeSpan ? options.Timeout : check.Timeout;
            }

            if (!string.IsNullOrEmpty(name))
            {
                SectionBinder.Bind(options, name, configuration.GetSection(SectionOf(name)));
            }
        }

        public void Configure(HealthPace options) => Configure(Options.DefaultName, options);
    }

    private sealed class NamesOfChecks(IOptions<HealthCheckServiceOptions> checks) : IValidateOptions<HealthPace>
    {
        public ValidateOptionsResult Validate(string? name, HealthPace options) =>
            checks.Value.Registrations.Select(static check => check.Name).ToList() is var names && names.Contains(name, StringComparer.OrdinalIgnoreCase)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"{SectionOf(name)} is not a health check. Remove it, or spell it as one of {string.Join(", ", names)}.");
    }
}
