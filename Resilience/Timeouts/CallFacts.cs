using System.Runtime.InteropServices;
using Polly;
using Polly.Telemetry;

namespace Resilience.Timeouts;

/// <summary>What there is to know of a call before it runs.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CallFacts(
    ResilienceContext Context, TimeSpan Timeout, TimeoutCause Cause, long Began, ResilienceStrategyTelemetry? Polly, CancellationToken CallersToken);
