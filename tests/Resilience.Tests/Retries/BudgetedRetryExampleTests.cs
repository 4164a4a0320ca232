using System.Net;
using Microsoft.Extensions.Time.Testing;
using Polly;
using Polly.Telemetry;
using Resilience.Retries;
using Resilience.Timeouts;
using Xunit;

namespace Resilience.Tests.Retries;

/// <summary>The code that the pattern's page quotes.</summary>
public sealed class BudgetedRetryExampleTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipeline_for_http_replies()
    {
        var answers = new Queue<HttpStatusCode>([HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK]);

        var budget = new RetryBudget();
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = "inventory" }
            .AddBudgetedRetry(new()
            {
                MaxRetryAttempts = 2,
                Delay = TimeSpan.FromMilliseconds(1),
                Budget = budget,
                HandleResult = static reply => reply.StatusCode >= HttpStatusCode.InternalServerError,
                MayRepeat = static call => call.Outcome.Result?.RequestMessage?.Method != HttpMethod.Post,
                RetryAfter = static (call, now) =>
                    RetryAfterHint.ParseHttp(call.Outcome.Result?.Headers.RetryAfter?.ToString(), now),
            })
            .Build();

        using var reply = await pipeline.ExecuteAsync(_ => ValueTask.FromResult(new HttpResponseMessage(answers.Dequeue())), CancellationToken);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task A_retry_that_stands_alone()
    {
        var retry = new BudgetedRetry("inventory", new() { Backoff = BackoffKind.Fibonacci });

        var stock = await retry.ExecuteAsync(static (sku, token) => CountAsync(sku, token), "tea", CancellationToken);

        Assert.Equal((3, 1), (stock, retry.Snapshot().FirstTrySuccesses));
    }

    [Fact]
    public async Task Where_a_request_comes_in_and_where_the_next_goes_out()
    {
        var headers = new Dictionary<string, string> { [AttemptCount.Header] = "2" };
        var sent = new Dictionary<string, string>();

        using (AttemptCount.Begin(AttemptCount.Parse(headers.GetValueOrDefault(AttemptCount.Header))))
        {
            sent[AttemptCount.Header] = AttemptCount.Format(AttemptCount.Current);
        }

        Assert.Equal("2", sent[AttemptCount.Header]);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task What_an_operator_sees_of_a_retry_and_of_one_left_out()
    {
        var (clock, events) = (new FakeTimeProvider(), new Events());
        var budget = new RetryBudget(new() { Ratio = 0, MinRetriesPerSecond = 0.1 }, clock);
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = clock, TelemetryListener = events }
            .AddBudgetedRetry(new BudgetedRetryStrategyOptions { Delay = TimeSpan.Zero, Budget = budget })
            .AddOperationTimeout(TimeSpan.FromSeconds(1))
            .Build();

        await Assert.ThrowsAsync<HttpRequestException>(async () => await pipeline.ExecuteAsync(
            static _ => ValueTask.FromException(new HttpRequestException()), CancellationToken));

        Assert.Equal(["OnRetry", "OnRetrySuppressed"], events.Seen.Where(static name => name.StartsWith("OnRetry", StringComparison.Ordinal)));
    }

    private static ValueTask<int> CountAsync(string sku, CancellationToken cancellationToken) => new(cancellationToken.IsCancellationRequested ? 0 : sku.Length);

    private sealed class Events : TelemetryListener
    {
        public List<string> Seen { get; } = [];

        public override void Write<TResult, TArgs>(in TelemetryEventArguments<TResult, TArgs> args) => Seen.Add(args.Event.EventName);
    }
}
