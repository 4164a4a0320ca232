namespace Hosting.Tests.Processes;

/// <summary>Waits for what another process does: the one place in these tests that polls.</summary>
internal static class Eventually
{
    public static async Task IsTrueAsync(Func<Task<bool>> condition, TimeSpan within)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Xunit.TestContext.Current.CancellationToken);
        limit.CancelAfter(within);
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
    }

    public static Task IsTrueAsync(Func<bool> condition, TimeSpan within) => IsTrueAsync(() => Task.FromResult(condition()), within);
}
