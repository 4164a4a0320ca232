using System.Globalization;
using System.Text;

namespace Resilience.Profiling;

/// <summary>Writes folded stacks: for each place the names from the outermost in, and what is its own.</summary>
/// <remarks>Source: B. Gregg, <i>The Flame Graph</i>, ACM Queue 14(2), 2016; the input of <c>flamegraph.pl</c>.</remarks>
internal static class FoldedReport
{
    public static string Write(ProfileSnapshot snapshot, ProfileMeasure measure)
    {
        var text = new StringBuilder();
        foreach (var root in snapshot.Roots)
        {
            Append(text, root, around: "", measure);
        }

        return text.ToString();
    }

    /// <summary>Gets what is a scope's own: nanoseconds or bytes.</summary>
    public static long Own(ScopeProfile scope, ProfileMeasure measure) => measure switch
    {
        ProfileMeasure.Wall => (long)scope.SelfWall.TotalNanoseconds,
        ProfileMeasure.Cpu => (long)scope.SelfCpu.TotalNanoseconds,
        ProfileMeasure.Bytes => scope.SelfBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "There is no such measure."),
    };

    private static void Append(StringBuilder text, ScopeProfile scope, string around, ProfileMeasure measure)
    {
        // The format parts names with a semicolon, and has no way to quote one.
        var stack = around + ReportText.OneLine(scope.Name).Replace(';', ':');
        if (Own(scope, measure) is > 0 and var own)
        {
            text.Append(CultureInfo.InvariantCulture, $"{stack} {own}\n");
        }

        foreach (var child in scope.Children)
        {
            Append(text, child, stack + ";", measure);
        }
    }
}
