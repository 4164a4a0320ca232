using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Faults;

namespace ServiceDefaults.Faults;

/// <summary>Lets a service be broken on purpose, where that was asked for. Elsewhere nothing of it is there: no route, no middleware, no strategy in a pipeline.</summary>
internal static partial class FaultInjection
{
    /// <summary>Adds the governor, in Development and if enabled.</summary>
    public static void AddFaultInjection(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<FaultOptions>(FaultOptions.Section);
        if (!IsAllowed(builder.Environment, builder.Configuration))
        {
            return;
        }

        builder.Services.AddSingleton(static services =>
        {
            var limits = services.GetRequiredService<IOptions<FaultOptions>>().Value;
            var logger = services.GetRequiredService<ILogger<FaultGovernor>>();
            var options = new FaultGovernorOptions { MaxFaults = limits.MaxFaults, MaxRate = limits.MaxRate, OnChange = fault => LogChange(logger, fault.Name, fault.Spec.Kind, fault.End, fault.Injected) };
            options.Burdens[FaultKind.PoolExhaustion] = spec => new PoolBurden(services, spec.Amount);
            return new FaultGovernor(options, services.GetRequiredService<TimeProvider>());
        });
    }

    /// <summary>Maps <c>/faults</c>, and lets faults strike what is mapped and used later.</summary>
    public static void UseFaultInjection(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(FaultGovernor))) // not made yet: wrong options are told at start
        {
            app.UseMiddleware<FaultMiddleware>();
            app.MapFaults();
        }
    }

    // Read before the options are validated: what is wrong is reported at start, and what can't be read isn't enabled.
    private static bool IsAllowed(IHostEnvironment environment, IConfiguration configuration) =>
        environment.IsDevelopment() && bool.TryParse(configuration[$"{FaultOptions.Section}:{nameof(FaultOptions.Enabled)}"], out var isEnabled) && isEnabled;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fault {Fault} ({Kind}) has changed; its end: {End}; calls struck: {Injected}")]
    private static partial void LogChange(ILogger logger, string fault, FaultKind kind, FaultEnd end, long injected);
}
