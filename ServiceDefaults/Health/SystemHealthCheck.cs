using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Resilience.Health;
using Resilience.Memory;

namespace ServiceDefaults.Health;

/// <summary>Whether the machine under the service is short of processor time, memory, disk or threads.</summary>
/// <remarks>
/// Degraded at worst: a service that is taken out of rotation because it is busy hands its load to the next one, which is then busier still.
/// Runs one at a time.
/// </remarks>
internal sealed class SystemHealthCheck(
    IOptions<SystemHealthOptions> options, MemoryManager memory, ThreadPoolGuard guard, IHostEnvironment environment, TimeProvider clock) : IHealthCheck
{
    public const string Name = "system";

    private long _at;
    private TimeSpan? _used;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var limits = options.Value;
        List<string> shortages = [];
        if (ProcessorRatio() is { } processors && processors > limits.MaxProcessorRatio)
        {
            shortages.Add($"it uses {Percent(processors)} of its processors");
        }

        if (memory.Level is var level and not MemoryLevel.Ample)
        {
            shortages.Add($"memory is over its {(level is MemoryLevel.Hard ? "hard" : "soft")} limit");
        }

        if (FreeDiskRatio() is { } free && free < limits.MinFreeDiskRatio)
        {
            shortages.Add($"{Percent(free)} of the disk is free");
        }

        if (guard.Delay is var delay && delay > limits.MaxThreadPoolDelay)
        {
            shortages.Add(string.Create(CultureInfo.InvariantCulture, $"the thread pool lets work wait for {delay.TotalMilliseconds:F0} ms"));
        }

        return Task.FromResult(shortages.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"The system is short: {string.Join("; ", shortages)}."));
    }

    private static string Percent(double ratio) => ratio.ToString("P1", CultureInfo.InvariantCulture);

    // Between the last check and this one; null the first time.
    private double? ProcessorRatio()
    {
        var (now, resources) = (clock.GetTimestamp(), SystemResources.Read());
        var (before, usedBefore) = (_at, _used);
        (_at, _used) = (now, resources.ProcessorTime);
        return usedBefore is { } used && now > before
            ? (resources.ProcessorTime - used) / clock.GetElapsedTime(before, now) / resources.Processors
            : null;
    }

    private double? FreeDiskRatio()
    {
        try
        {
            var drive = new DriveInfo(environment.ContentRootPath);
            return drive.TotalSize > 0 ? (double)drive.AvailableFreeSpace / drive.TotalSize : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // not every file system tells
        }
    }
}
