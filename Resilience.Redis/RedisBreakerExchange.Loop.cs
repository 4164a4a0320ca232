using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Resilience.Redis;

/// <content>The loop in the background.</content>
public sealed partial class RedisBreakerExchange
{
    private const long Never = long.MinValue;
    private const int LeastPause = 5; // in shares of an interval: a breaker that flaps must not make Redis flap

    private Task? _loop;
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _pending = Task.CompletedTask;
    private long _heard = Never;
    private long _exchanges;
    private long _failures;
    private bool? _hears;

    /// <summary>Exchanges once.</summary>
    /// <param name="leaving">Whether it is the last time.</param>
    /// <returns>When that is over, for better or worse; it never throws.</returns>
    internal async Task ExchangeAsync(bool leaving = false)
    {
        if (!_pending.IsCompleted)
        {
            Failed(PeerTelemetry.TimedOut, "it has not answered yet"); // one question at a time: a Redis that hangs must not find a thousand when it wakes
            return;
        }

        var members = _members.Values.ToList();
        if (members.Count == 0)
        {
            return;
        }

        var asked = _clock.Now; // what is heard is as old as the question
        try
        {
            var reports = members.Select(member => member.Report(_options.TimeToLive, leaving)).ToList();
            var answer = _board.ExchangeAsync(Node, _options.TimeToLive, reports);
            _pending = ObserveAsync(answer);
            Heed(members, await answer.WaitAsync(_options.TimeToLive / 2, _time, CancellationToken.None).ConfigureAwait(false), asked, leaving);
        }
        catch (Exception slow) when (slow is TimeoutException)
        {
            Failed(PeerTelemetry.TimedOut, "it is too slow");
        }
        catch (RedisConnectionException away)
        {
            Failed(PeerTelemetry.Unavailable, away.Message);
        }
#pragma warning disable CA1031 // Whatever goes wrong here, the breakers go on alone, and the loop goes on trying.
        catch (Exception wrong)
        {
            Failed(PeerTelemetry.Failed, wrong.Message);
        }
#pragma warning restore CA1031
    }

    private static async Task ObserveAsync(Task answer) => await answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task RunAsync()
    {
        var shortest = _options.Interval / LeastPause;
        while (!_stop.IsCancellationRequested)
        {
            await ExchangeAsync().ConfigureAwait(false);
            var pause = _options.Interval * (0.9 + (0.2 * Math.Clamp(_options.Draw(), 0, 1))); // or all processes ask in step after a while
            await Task.Delay(shortest, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _wake.Task.WaitAsync(pause - shortest, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Volatile.Write(ref _wake, new(TaskCreationOptions.RunContinuationsAsynchronously)); // before it looks at the breakers, so that no change is missed
        }
    }

    private void Wake() => Volatile.Read(ref _wake).TrySetResult();

    private void Leave(Membership member)
    {
        member.Heed(new() { TimeToLive = TimeSpan.Zero });
        _members.TryRemove(new(member.Circuit, member));
    }

    private void Heed(List<Membership> members, IReadOnlyList<PeerAnswer> answers, long asked, bool leaving)
    {
        var now = _clock.Now;
        var left = leaving ? TimeSpan.Zero : _options.TimeToLive - TimeSpan.FromMilliseconds(now - asked);
        foreach (var (member, answer) in members.Zip(answers))
        {
            member.Heed(new()
            {
                Verdict = PeerQuorum.Judge(answer, _options.QuorumPeers, _options.QuorumRatio),
                TimeToLive = left,
                MayProbe = answer.HasTurn || answer.Peers == 0,
                Peers = answer.Peers,
                OpenPeers = answer.Bad,
            });
            if (member.IsOver)
            {
                _members.TryRemove(new(member.Circuit, member)); // it has said so by now
            }
        }

        Interlocked.Exchange(ref _heard, asked);
        Interlocked.Increment(ref _exchanges);
        PeerTelemetry.Exchanged(PeerTelemetry.Success);
        if (_hears != true)
        {
            _hears = true;
            LogHears(_logger, Node, members.Count);
        }
    }

    private void Failed(string result, string why)
    {
        Interlocked.Increment(ref _failures);
        PeerTelemetry.Exchanged(result);
        if (_hears != false && !Snapshot().IsExchanging)
        {
            _hears = false;
            LogAlone(_logger, why);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Circuit breakers share their state with other processes through Redis as {Node}; circuits: {Circuits}")]
    private static partial void LogHears(ILogger logger, string node, int circuits);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Circuit breakers no longer share their state and decide alone until Redis answers again: {Why}")]
    private static partial void LogAlone(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "More than {Most} circuits would share their state. {Circuit} and those after it decide alone")]
    private static partial void LogLeftOut(ILogger logger, int most, string circuit);
}
