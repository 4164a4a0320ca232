using System.Globalization;

namespace Resilience.Memory;

/// <summary>Reads what a Linux container gives to this process, from the files of its control groups, of version 2 or 1.</summary>
/// <remarks>A limit of a parent binds its children, so all the way up is looked at. Reads files and nothing else: no state, safe for concurrent use.</remarks>
/// <param name="root">Where control groups are mounted.</param>
/// <param name="membership">The file that says which ones this process is in.</param>
internal sealed class Cgroup(string root = "/sys/fs/cgroup", string membership = "/proc/self/cgroup")
{
    private const long Unlimited = 1L << 60; // version 1 writes "no limit" as the largest multiple of a page

    /// <summary>Gets how many bytes are used and how many there are; null when there is no limit or nothing to read.</summary>
    public (long Used, long Limit, string Source)? Memory() =>
        Tightest("", ["memory.max", "memory.high"], "memory.current", "inactive_file", "cgroup v2")
        ?? Tightest("memory", ["memory.limit_in_bytes"], "memory.usage_in_bytes", "total_inactive_file", "cgroup v1");

    /// <summary>Gets how many processors' worth of time there is; null when there is no limit.</summary>
    public double? Processors()
    {
        double? tightest = null;
        foreach (var folder in Folders(""))
        {
            if (Text(Path.Combine(folder, "cpu.max"))?.Split(' ') is [var quota, var period] && Number(quota) is { } some && Number(period) is { } of and > 0)
            {
                tightest = Math.Min(tightest ?? double.MaxValue, (double)some / of);
            }
        }

        foreach (var folder in Folders("cpu"))
        {
            if (Number(Text(Path.Combine(folder, "cpu.cfs_quota_us"))) is { } some and > 0 && Number(Text(Path.Combine(folder, "cpu.cfs_period_us"))) is { } of and > 0)
            {
                tightest = Math.Min(tightest ?? double.MaxValue, (double)some / of);
            }
        }

        return tightest;
    }

    private (long Used, long Limit, string Source)? Tightest(string controller, string[] limits, string usage, string cache, string source)
    {
        (long Used, long Limit, string Source)? tightest = null;
        foreach (var folder in Folders(controller))
        {
            var limit = limits.Select(name => Number(Text(Path.Combine(folder, name)))).Min();
            if (limit is { } bytes and < Unlimited && Number(Text(Path.Combine(folder, usage))) is { } used)
            {
                // Files that were read once and can be dropped at no cost are not what a process is killed for.
                var free = Math.Max(0, used - (Stat(folder, cache) ?? 0));
                if (tightest is not { } other || bytes - free < other.Limit - other.Used)
                {
                    tightest = (free, bytes, source);
                }
            }
        }

        return tightest;
    }

    // From this process's own group up to the mount. Inside a container the paths may name groups of the host, which aren't there.
    private IEnumerable<string> Folders(string controller)
    {
        var mount = Path.Combine(root, controller);
        var path = (Text(membership) ?? "").Split('\n').Select(static line => line.Split(':', 3))
            .FirstOrDefault(parts => parts is [_, var names, _] && names.Split(',').Contains(controller))?[2].Trim('/') ?? "";
        for (; path.Length > 0; path = Path.GetDirectoryName(path) ?? "")
        {
            yield return Path.Combine(mount, path);
        }

        yield return mount;
    }

    private static long? Stat(string folder, string name) =>
        (Text(Path.Combine(folder, "memory.stat")) ?? "").Split('\n').Select(static line => line.Split(' '))
            .Where(parts => parts is [var key, _] && key == name).Select(static parts => Number(parts[1])).FirstOrDefault();

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? long.MaxValue
        : null;

    private static string? Text(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
