using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace ServiceDefaults.Telemetry;

/// <summary>Keeps traces to what somebody asked for: a call to a store or a service that belongs to nothing makes no trace.</summary>
/// <remarks>
/// Polls, sweeps, health checks, PINGs, a pool's connects and resets, and migrations have one thing in common: their first span is a client's and has no
/// parent. A customer's request begins with a server's span. Work that a poll has found begins with a span of its own (<c>Consumer</c> or
/// <c>Internal</c>), and its calls are children of that. So one rule is enough, and periodic code needs no mark that somebody could forget.
/// A program that only calls others must begin a span of its own to be traced.
/// </remarks>
/// <param name="inner">Decides about all other spans.</param>
internal sealed class WorkSampler(Sampler inner) : Sampler
{
    private const string SamplerSetting = "OTEL_TRACES_SAMPLER";
    private const string ArgumentSetting = "OTEL_TRACES_SAMPLER_ARG";

    /// <summary>Makes one over the sampler that OpenTelemetry's variables name, since a sampler set by code replaces it.</summary>
    public static WorkSampler From(IConfiguration configuration) => new(configuration[SamplerSetting] switch
    {
        "always_off" or "parentbased_always_off" => new ParentBasedSampler(new AlwaysOffSampler()),
        "traceidratio" or "parentbased_traceidratio" => new ParentBasedSampler(new TraceIdRatioBasedSampler(Ratio(configuration))),
        // OpenTelemetry's default, and for "always_on", which Aspire sets, too: that one would bring back the children of a span that was dropped.
        _ => new ParentBasedSampler(new AlwaysOnSampler()),
    });

    /// <inheritdoc />
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind is ActivityKind.Client && samplingParameters.ParentContext.TraceId == default
            ? new(SamplingDecision.Drop)
            : inner.ShouldSample(samplingParameters);

    private static double Ratio(IConfiguration configuration) =>
        double.TryParse(configuration[ArgumentSetting], NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? ratio : 1;
}
