using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;

namespace ServiceDefaults.Faults;

/// <summary>Takes connections from the service's pool and holds them.</summary>
/// <remarks>As many as there are when there are fewer. In the background: a pool that is empty already makes it wait like everybody else.</remarks>
internal sealed class PoolBurden : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _end = new();

    public PoolBurden(IServiceProvider services, int connections)
    {
        var pool = services.GetService<DbDataSource>()
            ?? throw new ValidationException("This service has no pool of connections to exhaust.");
        var clock = services.GetRequiredService<TimeProvider>();
        for (var i = 0; i < connections; i++)
        {
            _ = HoldAsync(pool, clock, _end.Token);
        }
    }

    // Not disposed of: it has no timer, and those who hold yet look at it.
    public void Dispose() => _end.Cancel();

    private static async Task HoldAsync(DbDataSource pool, TimeProvider clock, CancellationToken end)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!end.IsCancellationRequested)
        {
            try
            {
                await using var connection = await pool.OpenConnectionAsync(end);
                var ended = new TaskCompletionSource();
                await using var registration = end.UnsafeRegister(static ended => ((TaskCompletionSource)ended!).TrySetResult(), ended);
                await ended.Task;
            }
#pragma warning disable CA1031 // Refused by the pool, which is what it is for: it comes again, as clients do.
            catch (Exception) when (!end.IsCancellationRequested)
#pragma warning restore CA1031
            {
                await Task.Delay(_pause, clock, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
