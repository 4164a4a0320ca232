using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Resilience.Benchmarks.Harness;

namespace Resilience.Benchmarks.Goals;

internal sealed class HttpHandler() : Goal("G17", "what the handler adds to an HTTP call, the answer at once and later", "AddStandardResilienceHandler")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var atOnce = await MeasureAsync(stand, later: false);
        var later = await MeasureAsync(stand, later: true);
        var wired = await MeasureWiredAsync(stand);
        return new(
            [
                new("", atOnce.TimeRatio, 0.55),
                new("bytes", atOnce.BytesRatio, 0.60),
                new("later", later.TimeRatio, 0.55),
                new("later, bytes", later.BytesRatio, 0.60),
                new("as ServiceDefaults wires it", wired.TimeRatio, double.PositiveInfinity),
                new("so wired, bytes", wired.BytesRatio, double.PositiveInfinity),
            ],
            [.. atOnce.Rows, .. later.Rows, .. wired.Rows]);
    }

    private static async Task<Comparison> MeasureAsync(Stand stand, bool later)
    {
        var stub = new StubHandler(later);
        var services = new ServiceCollection();
        IHttpClientBuilder Client(string name) => services.AddHttpClient(name).ConfigurePrimaryHttpMessageHandler(() => stub).RemoveAllLoggers();
        Client("ours").AddHttpMessageHandler(static () => new PipelineHandler(new("bench", static _ => OurPipeline(), OurPipeline)));
        Client("standard").AddStandardResilienceHandler();
        Client("plain");

        await using var provider = services.BuildServiceProvider();
        var clients = provider.GetRequiredService<IHttpClientFactory>();
        Case Of(string client) => Send(clients.CreateClient(client), stub, later ? client + ", later" : client);
        return await stand.CompareAsync(Of("ours"), Of("standard"), Of("plain"));
    }

    // All three find their service first, which ServiceDefaults does by default. Its handlers also begin a deadline and write the hop's two headers.
    private static async Task<Comparison> MeasureWiredAsync(Stand stand)
    {
        var stub = new StubHandler(later: false);
        void Add(IServiceCollection services, string name, Action<IHttpClientBuilder> configure)
        {
            var client = services.AddHttpClient(name).ConfigurePrimaryHttpMessageHandler(() => stub).RemoveAllLoggers();
            configure(client);
        }

        var service = WebApplication.CreateBuilder();
        service.Logging.ClearProviders();
        service.AddServiceDefaults();
        Add(service.Services, "ServiceDefaults", static _ => { });
        await using var ours = service.Build();

        var services = new ServiceCollection().AddSingleton(ours.Configuration).AddServiceDiscovery();
        Add(services, "standard, service discovery", static client =>
        {
            client.AddStandardResilienceHandler();
            client.AddServiceDiscovery();
        });
        Add(services, "service discovery", static client => client.AddServiceDiscovery());
        await using var provider = services.BuildServiceProvider();

        Case Of(IServiceProvider from, string client) => Send(from.GetRequiredService<IHttpClientFactory>().CreateClient(client), stub, client);
        return await stand.CompareAsync(Of(ours.Services, "ServiceDefaults"), Of(provider, "standard, service discovery"), Of(provider, "service discovery"));
    }

    private static ResiliencePipeline<HttpResponseMessage> OurPipeline() => Fives.Ours<HttpResponseMessage>().Build();

    private static Case Send(HttpClient client, StubHandler stub, string name)
    {
        var address = new Uri("http://inventory/stock/tea");
        return new(name, async operations =>
        {
            for (var operation = 0; operation < operations; operation++)
            {
                var pending = client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
                stub.Answer();
                using var response = await pending;
            }
        });
    }
}
