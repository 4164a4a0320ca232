using FaultProxy.Api;
using FaultProxy.Proxies;
using FaultProxy.Toxics;

namespace FaultProxy;

/// <summary>What the fault proxy is made of.</summary>
internal static class FaultProxyExtensions
{
    private const int LongestBody = 1024 * 1024;

    public static void AddFaultProxy(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(static server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = LongestBody;
        });
        var seed = builder.Configuration.GetValue<int?>("FaultProxy:Seed");
        builder.Services.AddSingleton(_ => new ToxicSetting(Clock(), Chance(seed)));
        builder.Services.AddSingleton<Transport>();
        builder.Services.AddSingleton<ProxyTable>();
    }

    public static void MapFaultProxy(this WebApplication app)
    {
        app.UseMiddleware<AdminGate>();
        app.MapGet("/health", static () => "Healthy");
        app.MapProxies();
        app.MapToxics();
    }

    /// <summary>Makes a proxy of each edge that the configuration names, before anybody can come.</summary>
    /// <returns>False when one can't be made: a line on standard error says which, and why.</returns>
    public static async Task<bool> OpenEdgesAsync(this WebApplication app)
    {
        try
        {
            await app.Services.GetRequiredService<ProxyTable>().PopulateAsync(Edges.Read(app.Configuration), app.Lifetime.ApplicationStopping);
            return true;
        }
        catch (ProxyException problem)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            Environment.ExitCode = 1;
            await app.DisposeAsync();
            return false;
        }
    }

    // Whoever sets a seed gets the same draws in the same order; a connection more or less shifts them.
    private static Func<double> Chance(int? seed)
    {
        var random = seed is { } given ? new Random(given) : new Random();
        var one = new Lock();
        return () =>
        {
            lock (one)
            {
                return random.NextDouble();
            }
        };
    }

#pragma warning disable RS0030 // The one place where the process gets its clock.
    private static TimeProvider Clock() => TimeProvider.System;
#pragma warning restore RS0030
}
