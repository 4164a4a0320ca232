using System.Text;

namespace Resilience.Profiling;

/// <summary>Writes a profile as tables in Markdown.</summary>
internal static class MarkdownReport
{
    private const int MostHotspots = 10;

    public static string Write(ProfileSnapshot snapshot)
    {
        var text = new StringBuilder()
            .Append("# Profile ").Append(Escape(ReportText.Summary(snapshot))).Append("\n\n")
            .Append("| scope | count | total | self | CPU | self CPU | bytes | self bytes | p50 | p99 | open |\n")
            .Append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var root in snapshot.Roots)
        {
            AppendScope(text, snapshot, root, depth: 0);
        }

        AppendHotspots(text, snapshot, ProfileMeasure.Wall, "time");
        if (snapshot.HasCpu)
        {
            AppendHotspots(text, snapshot, ProfileMeasure.Cpu, "CPU");
        }

        AppendHotspots(text, snapshot, ProfileMeasure.Bytes, "bytes");
        return text.ToString();
    }

    private static void AppendScope(StringBuilder text, ProfileSnapshot snapshot, ScopeProfile scope, int depth)
    {
        // A no-break space: others are dropped at the beginning of a cell.
        AppendRow(text, [new string('\u00a0', 2 * depth) + Escape(scope.Name), .. ReportText.Figures(snapshot, scope), ReportText.Count(scope.Open)]);
        foreach (var child in scope.Children)
        {
            AppendScope(text, snapshot, child, depth + 1);
        }
    }

    private static void AppendHotspots(StringBuilder text, ProfileSnapshot snapshot, ProfileMeasure by, string what)
    {
        text.Append("\n## Most ").Append(what).Append(" of its own\n\n")
            .Append("| scope | count | self | total | self CPU | CPU | self bytes | bytes |\n")
            .Append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var spot in snapshot.Hotspots(by, MostHotspots).Where(spot => HotspotFinder.Own(spot, by) > 0))
        {
            AppendRow(
                text,
                Escape(spot.Name),
                ReportText.Count(spot.Count),
                ReportText.Time(spot.SelfWall),
                ReportText.Time(spot.Wall),
                ReportText.Cpu(snapshot, spot.SelfCpu),
                ReportText.Cpu(snapshot, spot.Cpu),
                ReportText.Bytes(spot.SelfBytes),
                ReportText.Bytes(spot.Bytes));
        }
    }

    private static void AppendRow(StringBuilder text, params ReadOnlySpan<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    // A name is shown and never obeyed: not as a table's edge, not as markup.
    private static string Escape(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in ReportText.OneLine(name))
        {
            text.Append(letter is '|' or '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '&' ? "\\" : "").Append(letter);
        }

        return text.ToString();
    }
}
