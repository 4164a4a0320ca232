// One process of a fleet: a breaker that exchanges with the others, driven by lines from its test. Arguments: the server, the node, the circuit, the break in seconds.
using System.Globalization;
using Resilience.CircuitBreakers;
using Resilience.Redis;
using Resilience.Redis.Tests.Host;
using StackExchange.Redis;

using var redis = await ConnectionMultiplexer.ConnectAsync(args[0] + ",abortConnect=false");
var breaker = new CircuitBreaker("inventory", new()
{
    MinimumThroughput = 10,
    ConsecutiveFailures = 10,
    BreakDuration = TimeSpan.FromSeconds(double.Parse(args[3], CultureInfo.InvariantCulture)),
    BreakJitter = 0,
    RampDuration = TimeSpan.Zero,
});
await using var exchange = new RedisBreakerExchange(redis, new() { Node = args[1], TimeToLive = TimeSpan.FromSeconds(3) }); // so that a busy machine silences none
using var taking = exchange.Join(args[2], breaker);
exchange.Start();
Console.WriteLine("ready");

var commands = new Commands(breaker, exchange);
while (Console.ReadLine()?.Split(' ') is [var command, .. var rest])
{
    Console.WriteLine(await commands.RunAsync(command, rest));
}
