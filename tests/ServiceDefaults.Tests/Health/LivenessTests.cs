using System.Diagnostics;
using System.Net;
using Xunit;

namespace ServiceDefaults.Tests.Health;

/// <summary>With the thread pool of this very process, so beside no other test.</summary>
[Collection(nameof(LivenessTests))]
[CollectionDefinition(nameof(LivenessTests), DisableParallelization = true)]
public sealed class LivenessTests
{
    // More than others have left idle.
    private readonly int _blocked = ThreadPool.ThreadCount + 200;

    [Fact]
    public async Task A_service_whose_thread_pool_is_blocked_is_alive_within_a_second()
    {
        await using var service = await TestService.StartAsync();
        using var warm = await service.GetAsync("/alive");
        using var block = new ManualResetEvent(initialState: false);
        try
        {
            for (var i = 0; i < _blocked; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static block => block.WaitOne(TimeSpan.FromSeconds(30)), block, preferLocal: false);
            }

            var asked = Stopwatch.GetTimestamp();
            using var alive = await service.GetAsync("/alive");
            var waited = Stopwatch.GetElapsedTime(asked);

            Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
            Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
        finally
        {
            block.Set();
        }
    }
}
