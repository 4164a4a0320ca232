using System.Text;

namespace Resilience.Profiling;

/// <summary>Writes a profile for a terminal: the tree, and what has cost most by each measure.</summary>
internal static class TextReport
{
    private const int MostHotspots = 5;
    private static readonly string[] _headers = ["count", "total", "self", "CPU", "self CPU", "bytes", "self bytes", "p50", "p99", "open"];

    public static string Write(ProfileSnapshot snapshot)
    {
        var rows = new List<(string Name, string[] Cells)> { ("", _headers) };
        foreach (var root in snapshot.Roots)
        {
            Add(rows, snapshot, root, "");
        }

        var text = new StringBuilder().Append(ReportText.Summary(snapshot)).Append('\n').Append('\n');
        AppendTable(text, rows);
        AppendHotspots(text, snapshot, ProfileMeasure.Wall, "time", static spot => ReportText.Time(spot.SelfWall));
        if (snapshot.HasCpu)
        {
            AppendHotspots(text, snapshot, ProfileMeasure.Cpu, "CPU", static spot => ReportText.Time(spot.SelfCpu));
        }

        AppendHotspots(text, snapshot, ProfileMeasure.Bytes, "bytes", static spot => ReportText.Bytes(spot.SelfBytes));
        return text.ToString();
    }

    private static void Add(List<(string, string[])> rows, ProfileSnapshot snapshot, ScopeProfile scope, string indentation)
    {
        rows.Add((indentation + ReportText.OneLine(scope.Name), [.. ReportText.Figures(snapshot, scope), scope.Open == 0 ? "" : ReportText.Count(scope.Open)]));
        foreach (var child in scope.Children)
        {
            Add(rows, snapshot, child, indentation + "  ");
        }
    }

    private static void AppendTable(StringBuilder text, List<(string Name, string[] Cells)> rows)
    {
        var name = rows.Max(static row => row.Name.Length);
        var widths = Enumerable.Range(0, _headers.Length).Select(column => rows.Max(row => row.Cells[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var line = row.Name.PadRight(name) + string.Concat(row.Cells.Select((cell, column) => "  " + cell.PadLeft(widths[column])));
            text.Append(line.TrimEnd()).Append('\n');
        }
    }

    private static void AppendHotspots(StringBuilder text, ProfileSnapshot snapshot, ProfileMeasure by, string what, Func<Hotspot, string> figure)
    {
        text.Append('\n').Append("most ").Append(what).Append(" of its own: ")
            .AppendJoin(", ", snapshot.Hotspots(by, MostHotspots)
                .Where(spot => HotspotFinder.Own(spot, by) > 0)
                .Select(spot => $"{ReportText.OneLine(spot.Name)} {figure(spot)}"));
    }
}
