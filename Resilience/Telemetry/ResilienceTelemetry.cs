using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Resilience.Telemetry;

/// <summary>The one meter and the one source that everything in this library speaks through.</summary>
/// <remarks>Instruments are named <c>resilience.&lt;pattern&gt;.&lt;thing&gt;</c> with UCUM units; their tags are those of <see cref="ResilienceTags"/>.</remarks>
public static class ResilienceTelemetry
{
    /// <summary>The name of the meter and of the activity source: what to hand to OpenTelemetry's <c>AddMeter</c> and <c>AddSource</c>.</summary>
    public const string Name = "Resilience";

    internal static Meter Meter { get; } = new(Name);

    internal static ActivitySource Source { get; } = new(Name);
}
