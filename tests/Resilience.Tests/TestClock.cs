using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Resilience.Tests;

/// <summary>Moves a fake clock on until something that other threads do is done: they have their own pace, so counting turns would not do.</summary>
internal static class TestClock
{
    public static async Task AdvanceUntilAsync(this FakeTimeProvider clock, Task done, TimeSpan step)
    {
        var began = Stopwatch.GetTimestamp();
        while (!done.IsCompleted && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20))
        {
            clock.Advance(step);
            await Task.Yield();
        }

    }
}
