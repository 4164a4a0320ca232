using System.Diagnostics.Metrics;
using Resilience.Telemetry;

namespace Resilience.Attributes;

/// <summary>Every name that fallbacks show to an operator.</summary>
internal static class FallbackTelemetry
{
    public const string AnswersName = "resilience.fallback.answers";

    private static readonly Counter<long> _answers = ResilienceTelemetry.Meter.CreateCounter<long>(
        AnswersName, "{call}", "Calls that a fallback answered because everything before it had failed.");

    public static void Answered(string method, Exception failure) =>
        _answers.Add(1, new KeyValuePair<string, object?>(ResilienceTags.Name, method), new("error.type", failure.GetType().FullName));
}
