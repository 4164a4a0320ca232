using Database;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServiceDefaults.Startup;
using Xunit;

namespace Services.Tests;

/// <summary>A service in this process, all of it but its loops: tests run those by hand, so that nothing happens unasked.</summary>
/// <typeparam name="TService">Any type of the service.</typeparam>
/// <param name="settings">Its configuration.</param>
/// <param name="configure">Changes its parts.</param>
internal sealed class ServiceHost<TService>(IReadOnlyDictionary<string, string> settings, Action<IServiceCollection>? configure = null)
    : WebApplicationFactory<TService>
    where TService : class
{
    /// <summary>Waits until the service serves.</summary>
    public async Task StartAsync() =>
        await Services.GetRequiredService<StartupState>().WaitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Gets a part of the service.</summary>
    public T Service<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Runs one of the service's loops once.</summary>
    /// <typeparam name="TWork">Which.</typeparam>
    public Task RunAsync<TWork>()
        where TWork : PeriodicWork => Service<TWork>().RunAsync(TestContext.Current.CancellationToken);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(Environments.Development);
        builder.UseSetting("ServiceDefaults:WarmUp", "false"); // or neighbours would see requests that no test has made
        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureLogging(static logs => logs.ClearProviders());
        builder.ConfigureTestServices(services =>
        {
            foreach (var loop in services.Where(static service => service.ServiceType == typeof(IHostedService)
                && service.ImplementationType?.IsSubclassOf(typeof(PeriodicWork)) == true).ToList())
            {
                services.Remove(loop);
                services.AddSingleton(loop.ImplementationType!);
            }

            configure?.Invoke(services);
        });
    }
}
