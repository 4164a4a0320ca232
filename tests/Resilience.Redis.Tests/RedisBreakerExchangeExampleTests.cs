using Microsoft.Extensions.Logging.Abstractions;
using Resilience.CircuitBreakers;
using Resilience.Redis.Tests.Servers;
using Xunit;

namespace Resilience.Redis.Tests;

/// <summary>What the README quotes.</summary>
[Collection(nameof(GarnetServer))]
public sealed class RedisBreakerExchangeExampleTests(GarnetServer server)
{
    [Fact]
    public async Task Two_lines_have_a_breaker_take_part()
    {
        await using var redis = await server.ConnectAsync();
        var logger = NullLogger<RedisBreakerExchange>.Instance;
        CircuitBreaker taking;
        {
            var breaker = new CircuitBreaker("inventory", new() { ConsecutiveFailures = 10 });
            await using var exchange = new RedisBreakerExchange(redis, new() { Interval = TimeSpan.FromMilliseconds(250) }, logger);

            exchange.Join("orders:inventory", breaker); // the same name in every process, for what they all call
            exchange.Start();

            taking = breaker;
            while (breaker.Snapshot().Peers is null)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        }

        Assert.Null(taking.Snapshot().Peers);
    }
}
