using System.Diagnostics;
using System.Globalization;
using Resilience.CircuitBreakers;
using Resilience.Outcomes;

namespace Resilience.Redis.Tests.Host;

/// <summary>What a test may ask of this process.</summary>
internal sealed class Commands(CircuitBreaker breaker, RedisBreakerExchange exchange)
{
#pragma warning disable RS0030 // a program hands out the clock
    private static readonly TimeProvider _clock = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Runs one: "fail 5" and "succeed 5" make calls and tell how many passed, "storm 3" makes calls for three seconds and tells when each that passed began and ended, all else tells what the breaker knows.</summary>
    public async Task<string> RunAsync(string command, string[] rest) => command switch
    {
        "fail" => Call(CallResult.Failure, int.Parse(rest[0], CultureInfo.InvariantCulture)),
        "succeed" => Call(CallResult.Success, int.Parse(rest[0], CultureInfo.InvariantCulture)),
        "storm" => await StormAsync(TimeSpan.FromSeconds(double.Parse(rest[0], CultureInfo.InvariantCulture))),
        _ => Describe(breaker.Snapshot()),
    };

    private string Call(CallResult result, int times)
    {
        var passed = 0;
        for (var call = 0; call < times; call++)
        {
            if (breaker.TryEnter(out var token))
            {
                breaker.Exit(token, result);
                passed++;
            }
        }

        return passed.ToString(CultureInfo.InvariantCulture);
    }

    private string Describe(CircuitBreakerSnapshot snapshot) => string.Create(
        CultureInfo.InvariantCulture,
        $"{snapshot.State} {snapshot.Reason} {snapshot.Peers?.Verdict} {snapshot.Peers?.Peers} {snapshot.Peers?.OpenPeers} {exchange.Snapshot().IsExchanging}");

    // Each probe takes 20 ms and fails, so that the breaker opens again. The clock of Stopwatch is the machine's, the same in all processes.
    private async Task<string> StormAsync(TimeSpan length)
    {
        var probes = new List<string>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < length;)
        {
            if (breaker.TryEnter(out var token))
            {
                var start = Stopwatch.GetTimestamp();
                await Task.Delay(TimeSpan.FromMilliseconds(20), _clock);
                var end = Stopwatch.GetTimestamp();
                breaker.Exit(token, CallResult.Failure);
                probes.Add(string.Create(CultureInfo.InvariantCulture, $"{start}-{end}"));
            }
            else
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), _clock);
            }
        }

        return string.Join(' ', probes);
    }
}
