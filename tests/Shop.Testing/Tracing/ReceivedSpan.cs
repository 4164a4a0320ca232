namespace Shop.Testing.Tracing;

/// <summary>A span as a service exported it.</summary>
/// <param name="Service">The <c>service.name</c> of the process that exported it.</param>
/// <param name="Instance">The <c>service.instance.id</c> of the process that exported it.</param>
/// <param name="TraceId">The trace that it belongs to, in hexadecimal digits.</param>
/// <param name="SpanId">Its own id, in hexadecimal digits.</param>
/// <param name="ParentId">The id of the span that caused it; empty for a trace's first.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Attributes">Its attributes with text values.</param>
public sealed record ReceivedSpan(
    string Service, string Instance, string TraceId, string SpanId, string ParentId, string Name, IReadOnlyDictionary<string, string> Attributes)
{
    /// <inheritdoc />
    public override string ToString() => $"{Service}: {Name} [{SpanId} <- {ParentId}]";
}
