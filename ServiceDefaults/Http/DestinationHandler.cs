using System.Globalization;
using ServiceDefaults.Deadlines;

namespace ServiceDefaults.Http;

/// <summary>The innermost handler: one attempt at one destination, which learns how long its answer is waited for and which attempt this is.</summary>
/// <param name="pipelines">Guard the attempt.</param>
/// <param name="client">Whose settings.</param>
/// <param name="dependency">What to call the destination in errors; null where an outer handler knows.</param>
internal sealed class DestinationHandler(HttpPipelines pipelines, string client, string? dependency = null) : DelegatingHandler
{
    private readonly HttpResilienceOptions _options = pipelines.OptionsOf(client);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Announce(request);
        var pipeline = pipelines.At(new(client, request.RequestUri?.Authority ?? ""));
        try
        {
            return await pipeline.ExecuteAsync(
                static async (call, token) => await call.Handler.SendOnAsync(call.Request, token), (Handler: this, Request: request), cancellationToken);
        }
        catch (Exception failure)
        {
            Dependency.Name(failure, dependency);
            throw;
        }
    }

    private Task<HttpResponseMessage> SendOnAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        base.SendAsync(request, cancellationToken);

    private void Announce(HttpRequestMessage request)
    {
        var left = Deadline.Current is { } deadline && deadline.Remaining < _options.AttemptTimeout ? deadline.Remaining : _options.AttemptTimeout;
        Set(request, DeadlineHeaders.Envoy, DeadlineHeaders.Write(left));

        request.Options.TryGetValue(HttpExtensions.Resends, out var resends);
        Set(request, IncomingAttempt.Header, Math.Max(IncomingAttempt.Current, resends + 1).ToString(CultureInfo.InvariantCulture));
    }

    private static void Set(HttpRequestMessage request, string header, string value)
    {
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);
    }
}
