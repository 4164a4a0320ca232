namespace Resilience.Profiling;

/// <summary>Reads the clock, the CPU's clock and the allocator's count for one thread, always as what has passed since the last time.</summary>
/// <remarks>
/// The CPU's clock is dear. So a stretch that is too short for anybody to have waited in it counts as CPU in full; a longer one pays for reading the
/// clock, and gets what is left over of the CPU time since the last reading. So nothing is drawn by lot, and no place in a program is favoured.
/// </remarks>
internal struct ThreadMeter(ProfilerClock clock)
{
    private long _ticks;
    private long _bytes;
    private long _cpu;
    private long _assumedCpu;

    /// <summary>Reads what has passed since the last time.</summary>
    /// <param name="wall">Ticks.</param>
    /// <param name="cpu">Ticks of CPU.</param>
    /// <param name="bytes">Bytes that this thread allocated.</param>
    /// <returns>The time.</returns>
    public long Lap(out long wall, out long cpu, out long bytes)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var now = clock.Now;
        wall = now - _ticks;
        bytes = allocated - _bytes;
        _ticks = now;
        _bytes = allocated;
        if (wall < clock.CpuFrom)
        {
            _assumedCpu += wall;
            cpu = wall;
        }
        else
        {
            cpu = ReadCpu(wall);
        }

        return now;
    }

    /// <summary>Forgets what this thread has allocated since the last time: it was the profiler itself.</summary>
    public void ForgetBytes() => _bytes = GC.GetAllocatedBytesForCurrentThread();

    private long ReadCpu(long wall)
    {
        var cpu = clock.Cpu;
        var used = cpu - _cpu - _assumedCpu;
        _cpu = cpu;
        _assumedCpu = 0;
        return Math.Clamp(used, 0, Math.Max(0, wall));
    }
}
