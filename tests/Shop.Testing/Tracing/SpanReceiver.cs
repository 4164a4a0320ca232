using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shop.Testing.Tracing;

/// <summary>An OTLP/HTTP endpoint on loopback that keeps the spans it is sent.</summary>
public sealed class SpanReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedSpan> _spans = [];
    private readonly WebApplication _app;

    private SpanReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapPost("/v1/traces", ReceiveAsync);
        _app.MapFallback(static () => Results.Ok()); // metrics and logs are let through unread
    }

    /// <summary>Gets what to set <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> to, with <c>http/protobuf</c> as the protocol.</summary>
    public string Endpoint => _app.Urls.Single();

    /// <summary>Gets the spans so far, in the order in which they came.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    /// <summary>Starts an endpoint on a free port.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The running endpoint.</returns>
    public static async Task<SpanReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var receiver = new SpanReceiver();
        await receiver._app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpRequest request)
    {
        await using var body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var buffer = new MemoryStream();
        await body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        foreach (var span in OtlpSpans.Read(buffer.ToArray()))
        {
            _spans.Enqueue(span);
        }
    }
}
