using System.Diagnostics.Metrics;
using Polly;
using Polly.Retry;
using Polly.Telemetry;
using Resilience.Telemetry;

namespace Resilience.Retries;

/// <summary>Every name this pattern shows to an operator, and the one place it speaks from.</summary>
internal sealed class RetryTelemetry(string name, ResilienceStrategyTelemetry? polly)
{
    public const string StrategyName = "BudgetedRetry";
    public const string RetryEvent = "OnRetry"; // Polly's own name for it, so that its dashboards go on working
    public const string SuppressedEvent = "OnRetrySuppressed";

    private static readonly LiveSet<BudgetedRetryCore> _live = new();
    private static readonly Counter<long> _attempts = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.retry.attempts", "{attempt}", "Attempts made after first attempts.");

    private static readonly Counter<long> _suppressed = ResilienceTelemetry.Meter.CreateCounter<long>(
        "resilience.retry.suppressed", "{call}", "Failed calls not tried again although an attempt was left, by reason.");

    private static readonly Histogram<double> _delay = ResilienceTelemetry.Meter.CreateHistogram(
        "resilience.retry.delay",
        "s",
        "How long retries wait.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30] });

    private readonly string _name = name;
    private readonly ResilienceStrategyTelemetry? _polly = polly;
    private readonly KeyValuePair<string, object?> _tag = new(ResilienceTags.Name, name);

    static RetryTelemetry()
    {
        var meter = ResilienceTelemetry.Meter;
        meter.CreateObservableCounter("resilience.retry.calls", Calls, "{call}", "Calls that ended, by how.");
        meter.CreateObservableGauge("resilience.retry.budget.balance", Balances, "{attempt}", "How many retries the budget covers now.");
    }

    public static void Watch(BudgetedRetryCore retry) => _live.Add(retry);

    public static string NameOf(RetrySuppression reason) => reason switch
    {
        RetrySuppression.Budget => "budget",
        RetrySuppression.Deadline => "deadline",
        RetrySuppression.UpstreamRetry => "upstream_retry",
        RetrySuppression.NotRepeatable => "not_idempotent",
        _ => "pushback",
    };

    public void Retrying<TResult>(OnRetryArguments<TResult> arguments) => Safely(arguments, static (self, arguments) =>
    {
        SpanNotes.Retrying(self._name, arguments.AttemptNumber + 1, arguments.RetryDelay, arguments.Outcome.Exception?.GetType().FullName);
        _delay.Record(arguments.RetryDelay.TotalSeconds, self._tag);
        self._polly?.Report(new ResilienceEvent(ResilienceEventSeverity.Warning, RetryEvent), arguments.Context, arguments.Outcome, arguments);
    });

    public void Attempted() => Safely(0, static (self, _) => _attempts.Add(1, self._tag));

    public void Suppressed<TResult>(ResilienceContext context, Outcome<TResult> outcome, RetrySuppression reason) =>
        Safely((context, outcome, reason), static (self, told) =>
        {
            _suppressed.Add(1, self._tag, new(ResilienceTags.Reason, NameOf(told.reason)));
            self._polly?.Report(
                new ResilienceEvent(ResilienceEventSeverity.Warning, SuppressedEvent), told.context, told.outcome, new RetrySuppressedArguments(told.reason));
        });

    public void CallbackThrew(Exception exception) => CallbackErrors.Count(_name, exception);

    // A listener's fault must not cost the caller his answer.
    private void Safely<T>(T told, Action<RetryTelemetry, T> tell)
    {
        try
        {
            tell(this, told);
        }
        catch (Exception exception)
        {
            CallbackThrew(exception);
        }
    }

    private static IEnumerable<Measurement<long>> Calls() => NamedSeries.Split(
        _live.Snapshot().Select(static retry => retry.Snapshot()).GroupBy(static statistics => statistics.Name),
        ResilienceTags.Result,
        [
            ("first_try", static s => s.FirstTrySuccesses),
            ("recovered", static s => s.Recovered),
            ("exhausted", static s => s.Exhausted),
            ("unhandled", static s => s.Unhandled),
            ("cancelled", static s => s.Cancelled),
            ("suppressed", static s => s.Suppressed),
        ]);

    // Of retries with one name, such as a pipeline's in each partition, the one that is nearest to running dry; of one without a bound, nothing.
    private static IEnumerable<Measurement<double>> Balances() =>
        _live.Snapshot()
            .GroupBy(static retry => retry.Name, static retry => retry.Budget.Balance)
            .Where(static balances => double.IsFinite(balances.Min()))
            .Select(static balances => new Measurement<double>(balances.Min(), new KeyValuePair<string, object?>(ResilienceTags.Name, balances.Key)));
}
