using Polly.CircuitBreaker;
using Polly.Timeout;
using Resilience.Outcomes;
using Xunit;

namespace Resilience.Tests.Outcomes;

public sealed class CancellationsTests
{
    private static readonly CancellationToken _cancelled = new(canceled: true);

    public static TheoryData<Exception?, bool, CallResult> Endings => new()
    {
        { null, false, CallResult.Success },
        { new InvalidOperationException(), false, CallResult.Failure },
        { new OperationCanceledException(), true, CallResult.Neutral },
        { new OperationCanceledException(), false, CallResult.Failure }, // not the caller's: a time-out of somebody's
        { new TimeoutRejectedException(), true, CallResult.Failure }, // the time was up, whatever the caller did next
        { new BrokenCircuitException(), false, CallResult.Neutral }, // it never got there
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public void A_call_says_what_its_ending_says(Exception? exception, bool callerGaveUp, CallResult expected) =>
        Assert.Equal(expected, Cancellations.Classify(exception, callerGaveUp ? _cancelled : CancellationToken.None));
}
