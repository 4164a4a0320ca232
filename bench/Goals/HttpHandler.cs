using Microsoft.Extensions.DependencyInjection;
using Polly;
using Resilience.Benchmarks.Harness;

namespace Resilience.Benchmarks.Goals;

internal sealed class HttpHandler() : Goal("G17", "what the handler adds to an HTTP call, the answer at once and later", "AddStandardResilienceHandler")
{
    public override async Task<GoalResult> MeasureAsync(Stand stand)
    {
        var atOnce = await MeasureAsync(stand, later: false);
        var later = await MeasureAsync(stand, later: true);
        return new(
            [
                new("", atOnce.TimeRatio, 0.55),
                new("bytes", atOnce.BytesRatio, 0.60),
                new("later", later.TimeRatio, 0.55),
                new("later, bytes", later.BytesRatio, 0.60),
            ],
            [.. atOnce.Rows, .. later.Rows]);
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
