using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Resilience.Profiling;

/// <summary>Writes a file for speedscope: a sampled profile for each measure, whose samples are the places and whose weights are what is their own.</summary>
/// <remarks>The format is speedscope's <c>file-format-spec.ts</c>: frames by index, stacks from the outermost in, as many weights as samples.</remarks>
internal static class SpeedscopeReport
{
    public static string Write(ProfileSnapshot snapshot)
    {
        var frames = new Dictionary<string, int>(StringComparer.Ordinal);
        var stacks = new List<(int[] Stack, ScopeProfile Scope)>();
        foreach (var root in snapshot.Roots)
        {
            Collect(root, [], frames, stacks);
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://www.speedscope.app/file-format-schema.json");
            json.WriteString("exporter", "Resilience");
            json.WriteString("name", snapshot.Name);
            json.WriteNumber("activeProfileIndex", 0);
            WriteFrames(json, frames);
            json.WriteStartArray("profiles");
            WriteProfile(json, "time", "nanoseconds", ProfileMeasure.Wall, stacks);
            if (snapshot.HasCpu)
            {
                WriteProfile(json, "CPU", "nanoseconds", ProfileMeasure.Cpu, stacks);
            }

            WriteProfile(json, "allocated", "bytes", ProfileMeasure.Bytes, stacks);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Collect(ScopeProfile scope, int[] around, Dictionary<string, int> frames, List<(int[], ScopeProfile)> stacks)
    {
        if (!frames.TryGetValue(scope.Name, out var frame))
        {
            frames[scope.Name] = frame = frames.Count;
        }

        int[] stack = [.. around, frame];
        stacks.Add((stack, scope));
        foreach (var child in scope.Children)
        {
            Collect(child, stack, frames, stacks);
        }
    }

    private static void WriteFrames(Utf8JsonWriter json, Dictionary<string, int> frames)
    {
        json.WriteStartObject("shared");
        json.WriteStartArray("frames");
        foreach (var (name, _) in frames.OrderBy(static frame => frame.Value))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteProfile(Utf8JsonWriter json, string name, string unit, ProfileMeasure measure, List<(int[] Stack, ScopeProfile Scope)> stacks)
    {
        var samples = stacks.ConvertAll(sample => (sample.Stack, Weight: FoldedReport.Own(sample.Scope, measure))).FindAll(static sample => sample.Weight > 0);
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", name);
        json.WriteString("unit", unit);
        json.WriteNumber("startValue", 0);
        json.WriteNumber("endValue", samples.Sum(static sample => sample.Weight));
        json.WriteStartArray("samples");
        foreach (var (stack, _) in samples)
        {
            json.WriteStartArray();
            foreach (var frame in stack)
            {
                json.WriteNumberValue(frame);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach (var (_, weight) in samples)
        {
            json.WriteNumberValue(weight);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
