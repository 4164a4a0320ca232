using Google.Protobuf;

namespace Shop.Testing.Tracing;

/// <summary>Reads the spans out of an OTLP export request: the few fields that tests look at, and nothing else.</summary>
/// <remarks>
/// Field numbers are those of opentelemetry-proto 1.x, <c>trace.proto</c>, <c>resource.proto</c> and <c>common.proto</c>.
/// </remarks>
internal static class OtlpSpans
{
    public static IReadOnlyList<ReceivedSpan> Read(byte[] exportRequest)
    {
        var spans = new List<ReceivedSpan>();
        foreach (var resourceSpans in Messages(exportRequest, field: 1))
        {
            var resource = Messages(resourceSpans, field: 1).SelectMany(static resource => ReadAttributes(resource, field: 1)).ToLookup(static attribute => attribute.Key, static attribute => attribute.Value, StringComparer.Ordinal);
            var (service, instance) = (resource["service.name"].FirstOrDefault(""), resource["service.instance.id"].FirstOrDefault(""));
            spans.AddRange(
                from scopeSpans in Messages(resourceSpans, field: 2)
                from span in Messages(scopeSpans, field: 2)
                select ReadSpan(service, instance, span));
        }

        return spans;
    }

    private static ReceivedSpan ReadSpan(string service, string instance, byte[] span) => new(
        service,
        instance,
        Hex(Messages(span, field: 1)),
        Hex(Messages(span, field: 2)),
        Hex(Messages(span, field: 4)),
        Text(Messages(span, field: 5)),
        ReadAttributes(span, field: 9).DistinctBy(static attribute => attribute.Key).ToDictionary(StringComparer.Ordinal));

    // A KeyValue has the key in field 1 and an AnyValue in field 2, whose field 1 is a text.
    private static IEnumerable<KeyValuePair<string, string>> ReadAttributes(byte[] message, int field) =>
        from pair in Messages(message, field)
        from value in Messages(pair, field: 2)
        from text in Messages(value, field: 1)
        select KeyValuePair.Create(Text(Messages(pair, field: 1)), Text([text]));

    private static string Hex(IEnumerable<byte[]> values) => Convert.ToHexStringLower(values.FirstOrDefault() ?? []);

    private static string Text(IEnumerable<byte[]> values) => System.Text.Encoding.UTF8.GetString(values.FirstOrDefault() ?? []);

    // Every value of one length-delimited field: bytes, text or a message.
    private static List<byte[]> Messages(byte[] message, int field)
    {
        var values = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited))
            {
                values.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return values;
    }
}
