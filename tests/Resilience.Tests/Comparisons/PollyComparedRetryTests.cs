using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Polly;
using Resilience.Retries;
using Xunit;

namespace Resilience.Tests.Comparisons;

/// <summary>The same scenario against Polly's retry and against ours; what both did is the table in <c>docs/polly-compared.md</c>.</summary>
/// <remarks>If Polly mends one of these, its test turns red: then the table must say so.</remarks>
public sealed class PollyComparedRetryTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _clock = new();
    private TimeSpan _wait;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task P5_a_hostile_Retry_After_does_not_hold_a_caller_for_an_hour()
    {
        var polly = Builder().AddRetry(new()
        {
            MaxRetryAttempts = 1,
            MaxDelay = _second,
            DelayGenerator = static _ => new(TimeSpan.FromHours(1)),
            OnRetry = arguments => Note(arguments.RetryDelay),
        }).Build();
        var ours = Builder().AddBudgetedRetry(new()
        {
            MaxRetryAttempts = 1,
            MaxDelay = _second,
            RetryAfter = static (_, _) => RetryAfterHint.After(TimeSpan.FromHours(1)),
            OnRetry = arguments => Note(arguments.RetryDelay),
            Draw = static () => 0.5,
        }).Build();

        await Row("P5", "An answer asks for an hour's wait (`Retry-After`), the longest wait is set to 1 s; waits", polly, ours, Wait, "01:00:00", "00:00:01.0500000");

        async Task<string> Wait(ResiliencePipeline<int> pipeline)
        {
            var running = pipeline.ExecuteAsync<int>(static _ => throw new HttpRequestException(), Token).AsTask();
            await _clock.AdvanceUntilAsync(running, TimeSpan.FromMinutes(10));
            await Assert.ThrowsAsync<HttpRequestException>(() => running);
            return _wait.ToString("c", CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task P6_late_retries_do_not_come_back_all_at_once()
    {
        var seeded = new Random(6);
        var (late, atTheCap) = (0, 0);
        var polly = Builder().AddRetry(new()
        {
            MaxRetryAttempts = 12,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = _second,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Randomizer = seeded.NextDouble,
            OnRetry = arguments => Count(arguments.AttemptNumber, arguments.RetryDelay),
        }).Build();
        var ours = Builder().AddBudgetedRetry(new()
        {
            MaxRetryAttempts = 12,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = _second,
            Budget = RetryBudget.Unlimited,
            Draw = seeded.NextDouble,
            OnRetry = arguments => Count(arguments.AttemptNumber, arguments.RetryDelay),
        }).Build();
        await Row("P6", "Of 100 calls' retries from the seventh on, wait exactly the longest wait, in spite of jitter", polly, ours, Share, "more than 85 %", "none");

        async Task<string> Share(ResiliencePipeline<int> pipeline)
        {
            (late, atTheCap) = (0, 0);
            for (var call = 0; call < 100; call++)
            {
                var running = pipeline.ExecuteAsync<int>(static _ => throw new HttpRequestException(), Token).AsTask();
                await _clock.AdvanceUntilAsync(running, _second);
                await Assert.ThrowsAsync<HttpRequestException>(() => running);
            }

            return atTheCap == 0 ? "none" : atTheCap > 0.85 * late ? "more than 85 %" : $"{atTheCap} of {late}";
        }

        ValueTask Count(int attempt, TimeSpan wait)
        {
            if (attempt >= 6)
            {
                late++;
                atTheCap += wait == _second ? 1 : 0;
            }

            return default;
        }
    }

    [Fact]
    public async Task P19_amplification_of_one_layer_is_bounded_by_the_budget()
    {
        await Row("P19", "The leaf is down for 20 s of 200 requests a second, one layer retries three times; calls of the leaf for each request", Polly(1), Ours(1), Amplify, "4.0", "1.2");
        Assert.InRange(await AmplificationAsync(Ours(1)), 1, 1.2);
    }

    [Fact]
    public async Task P19_amplification_of_three_nested_layers_is_not_their_product()
    {
        await Row("P19", "The same, three layers retry three times each; calls of the leaf for each request", Polly(3), Ours(3), Amplify, "64.0", "1.7");
        Assert.InRange(await AmplificationAsync(Ours(3)), 1, 1.8);
    }

    private static async Task Row(
        string number, string what, ResiliencePipeline<int> polly, ResiliencePipeline<int> ours, Func<ResiliencePipeline<int>, Task<string>> play, string pollys, string own)
    {
        Assert.Equal(pollys, await play(polly));
        Assert.Equal(own, await play(ours));
        ComparisonTable.AssertHolds($"| {number} | {what} | {pollys} | {own} |");
    }

    private async Task<string> Amplify(ResiliencePipeline<int> pipeline) => (await AmplificationAsync(pipeline)).ToString("0.0", CultureInfo.InvariantCulture);

    private async Task<double> AmplificationAsync(ResiliencePipeline<int> pipeline)
    {
        var (requests, calls) = (0, 0);
        for (var millisecond = 0; millisecond < 20_000; millisecond += 5)
        {
            requests++;
            await pipeline.ExecuteOutcomeAsync(
                (_, _) =>
                {
                    calls++;
                    return Outcome.FromExceptionAsValueTask<int>(new HttpRequestException());
                },
                ResilienceContextPool.Shared.Get(Token),
                0);
            _clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        return (double)calls / requests;
    }

    private ResiliencePipeline<int> Polly(int layers)
    {
        var builder = Builder();
        for (var layer = 0; layer < layers; layer++)
        {
            builder.AddRetry(new() { MaxRetryAttempts = 3, Delay = TimeSpan.Zero });
        }

        return builder.Build();
    }

    private ResiliencePipeline<int> Ours(int layers)
    {
        var builder = Builder();
        for (var layer = 0; layer < layers; layer++)
        {
            builder.AddBudgetedRetry(new() { MaxRetryAttempts = 3, Delay = TimeSpan.Zero });
        }

        return builder.Build();
    }

    private ResiliencePipelineBuilder<int> Builder() => new() { TimeProvider = _clock };

    private ValueTask Note(TimeSpan wait)
    {
        _wait = wait;
        return default;
    }
}
