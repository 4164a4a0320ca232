using Microsoft.Extensions.Hosting;
using Resilience.Redis;

namespace ServiceDefaults.Recovery;

/// <summary>Counts this instance among its fleet while the service runs.</summary>
internal sealed class RecoveryLeaseRunner(RedisRecoveryLease leases) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        leases.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await leases.DisposeAsync();
}
