using System.Globalization;

namespace Resilience.Profiling;

/// <summary>How the reports write figures and names.</summary>
internal static class ReportText
{
    private static readonly string[] _byteUnits = ["B", "KB", "MB", "GB", "TB"];

    public static string Time(TimeSpan time) => time.TotalNanoseconds switch
    {
        0 => "0",
        < 1_000 and var ns => Figure(ns, "ns"),
        < 1_000_000 and var ns => Figure(ns / 1_000, "µs"),
        < 1_000_000_000 and var ns => Figure(ns / 1_000_000, "ms"),
        var ns => Figure(ns / 1_000_000_000, "s"),
    };

    public static string Bytes(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < _byteUnits.Length - 1; unit++)
        {
            value /= 1024;
        }

        return Figure(value, _byteUnits[unit]);
    }

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Cpu(ProfileSnapshot snapshot, TimeSpan cpu) => snapshot.HasCpu ? Time(cpu) : "–";

    /// <summary>Gives a scope's figures in the order of the tables' columns, from its count to its p99.</summary>
    public static string[] Figures(ProfileSnapshot snapshot, ScopeProfile scope) =>
    [
        Count(scope.Count),
        Time(scope.Wall),
        Time(scope.SelfWall),
        Cpu(snapshot, scope.Cpu),
        Cpu(snapshot, scope.SelfCpu),
        Bytes(scope.Bytes),
        Bytes(scope.SelfBytes),
        Time(scope.Median),
        Time(scope.P99),
    ];

    /// <summary>Keeps a name on its line, whatever it has in it.</summary>
    public static string OneLine(string name) => string.Concat(name.Select(static letter => char.IsControl(letter) ? ' ' : letter));

    public static string Summary(ProfileSnapshot snapshot) =>
        $"{OneLine(snapshot.Name)}: {Time(snapshot.Duration)}, threads {Count(snapshot.Threads)}"
        + (snapshot.Dropped > 0 ? $", not measured {Count(snapshot.Dropped)}" : "")
        + (snapshot.DoubleDisposes > 0 ? $", disposed twice {Count(snapshot.DoubleDisposes)}" : "");

    // Three figures that count: 1.23, 12.3, 123.
    private static string Figure(double value, string unit) =>
        value.ToString(value < 9.995 ? "0.##" : value < 99.95 ? "0.#" : "0", CultureInfo.InvariantCulture) + " " + unit;
}
