using System.Diagnostics;
using OpenTelemetry;
using ServiceDefaults.Http;

namespace ServiceDefaults.Telemetry;

/// <summary>Completes the spans of HttpClient when they end: its instrumentation tells of no end by cancellation.</summary>
internal sealed class AttemptSpanProcessor : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data) => AttemptSpan.Stopped(data);
}
