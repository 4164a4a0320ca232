using System.Diagnostics;

namespace Gateway.Clients;

/// <summary>Takes a trace from outside and no baggage: that would travel with every call behind the gateway.</summary>
internal sealed class TraceOnlyPropagator : DistributedContextPropagator
{
    private readonly DistributedContextPropagator _w3c = CreateW3CPropagator();

    public override IReadOnlyCollection<string> Fields => _w3c.Fields;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => _w3c.Inject(activity, carrier, setter);

    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        _w3c.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
