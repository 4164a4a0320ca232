using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;
using FaultProxy.Toxics;

namespace FaultProxy.Links;

/// <summary>One direction of one connection: reads what one side sends, and writes it to the other side when the toxics let it.</summary>
/// <remarks>
/// One loop does all of it. What waits stays in the transport's own buffer, so nothing is copied, and there are no queues between toxics from which a
/// byte could be lost or out of turn: each step looks at the oldest bytes, asks the toxics as they are now how many of them go on and when, and takes
/// them out once they are written. A change of toxics or a timer only wakes the loop, which then looks again.
/// </remarks>
internal sealed class Link : IDisposable
{
    /// <summary>How many bytes wait here at most; the transport holds as many again, and then the sender feels it.</summary>
    public const int MostHeld = 1024 * 1024;

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(1); // a timer's finest
    private readonly PipeReader _input;
    private readonly Socket _output;
    private readonly TimeProvider _clock;
    private readonly Func<IReadOnlyList<Toxic>> _toxics;
    private readonly Action _ended;
    private readonly ToxicChain _chain;
    private readonly Arrivals _arrivals;
    private readonly long _standstill;
    private readonly ITimer _timer;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private IReadOnlyList<Toxic>? _adopted;
    private long? _endedAt; // when the end of the stream arrived
    private long _examined; // of the bytes held, how many no longer end a wait for more
    private bool _endDone; // it was passed on, or swallowed
    private volatile bool _stopped;

    /// <param name="input">What one side sends.</param>
    /// <param name="output">The other side. Only the link writes to it.</param>
    /// <param name="setting">What toxics stand on.</param>
    /// <param name="toxics">Gets the toxics of this direction as they are now: the same list until they change.</param>
    /// <param name="ended">Is called once the end of the stream went where it goes.</param>
    public Link(PipeReader input, Socket output, ToxicSetting setting, Func<IReadOnlyList<Toxic>> toxics, Action ended)
    {
        (_input, _output, _clock, _toxics, _ended) = (input, output, setting.Clock, toxics, ended);
        _chain = new(setting);
        _arrivals = new(setting.Ticks(0.5)); // half of a timer's tick: nobody can tell
        _standstill = setting.Ticks(20); // longer than a timer is late on a busy machine
        using (ExecutionContext.SuppressFlow())
        {
            _timer = _clock.CreateTimer(static link => ((Link)link!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Lets the loop look again: something has changed.</summary>
    public void Wake()
    {
        _wake.Writer.TryWrite(true);
        _input.CancelPendingRead();
    }

    /// <summary>Ends the loop.</summary>
    public void Stop()
    {
        _stopped = true;
        Wake();
    }

    /// <summary>Carries the stream.</summary>
    /// <returns>How the connection must end, as a toxic or the network has it; <see cref="Fate.Pass"/> when it was stopped.</returns>
    public async Task<Fate> RunAsync()
    {
        try
        {
            _input.CancelPendingRead(); // toxics take hold before the first byte comes
            while (!_stopped)
            {
                if (await StepAsync() is not Fate.Pass and var end)
                {
                    return end;
                }
            }

            return Fate.Pass;
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return Fate.Reset; // one side is gone without a good-bye; the other side hears it in the same way
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private async ValueTask<Fate> StepAsync()
    {
        var read = await _input.ReadAsync();
        var now = _clock.GetTimestamp();
        if (read.Buffer.Length > _arrivals.Held)
        {
            _arrivals.Add((int)(read.Buffer.Length - _arrivals.Held), now);
        }

        if (read.IsCompleted)
        {
            _endedAt ??= now;
        }

        var toxics = _toxics();
        if (!ReferenceEquals(toxics, _adopted))
        {
            _adopted = toxics;
            if (!_chain.Adopt(toxics))
            {
                return Fate.Close;
            }
        }

        var piece = Next(now);
        var (endsAt, endsWith) = _chain.End(); // after the shaping, which may have set it
        if (endsAt <= now)
        {
            return endsWith;
        }

        switch (piece)
        {
            case { Fate: Fate.Close or Fate.Reset }:
                return piece.Fate;
            case { Fate: Fate.Pass } when piece.Due > now:
                await WaitAsync(read, Math.Min(piece.Due, endsAt), now);
                return Fate.Pass;
            case { IsEnd: true }:
                if (piece.Fate is Fate.Pass)
                {
                    _output.Shutdown(SocketShutdown.Send);
                }

                _endDone = true;
                Advance(read.Buffer, 0, 0);
                _ended();
                break;
            default:
                await GoOnAsync(read.Buffer, piece);
                break;
        }

        if (_arrivals.Held > 0 || (_endedAt is not null && !_endDone) || _chain.End().At < ToxicEffect.Never)
        {
            _input.CancelPendingRead(); // the next read is to show what is there, and not to wait for more: not before a timer is set
        }

        return Fate.Pass;
    }

    // What comes next, and when: bytes, the end of the stream, or nothing yet.
    private Piece Next(long now) =>
        _arrivals.Held > 0 ? _chain.Shape(new(_arrivals.Oldest.Left, _arrivals.Oldest.At, _arrivals.Oldest.Number), now)
        : _endedAt is { } endedAt && !_endDone ? _chain.Shape(new(0, endedAt, Chunk: -1, IsEnd: true), now)
        : new(0, ToxicEffect.Never, Chunk: -1);

    private async ValueTask GoOnAsync(ReadOnlySequence<byte> buffer, Piece piece)
    {
        if (piece.Fate is Fate.Pass)
        {
            foreach (var segment in buffer.Slice(0, piece.Length))
            {
                for (var rest = segment; rest.Length > 0;)
                {
                    rest = rest[await _output.SendAsync(rest, SocketFlags.None)..];
                }
            }

            var late = _clock.GetTimestamp() - piece.Due;
            _chain.Passed(piece.Length, late > _standstill ? late : 0);
        }

        _arrivals.Take(piece.Length);
        Advance(buffer, piece.Length, Math.Max(_examined, piece.Length));
    }

    private async ValueTask WaitAsync(ReadResult read, long until, long now)
    {
        var pause = until >= ToxicEffect.Never ? Timeout.InfiniteTimeSpan : _clock.GetElapsedTime(now, until);
        _timer.Change(pause > TimeSpan.Zero && pause < _tick ? _tick : pause, Timeout.InfiniteTimeSpan);
        if (read.IsCompleted || _arrivals.Held >= MostHeld)
        {
            // A read would return at once, or take in more than is held: wait for the timer, or for a change.
            Advance(read.Buffer, 0, _examined);
            await _wake.Reader.ReadAsync();
        }
        else
        {
            Advance(read.Buffer, 0, read.Buffer.Length); // the next read waits for more, or until it is woken
        }
    }

    // A pipe wants to be told no less than before.
    private void Advance(ReadOnlySequence<byte> buffer, long consumed, long examined)
    {
        _input.AdvanceTo(buffer.GetPosition(consumed), buffer.GetPosition(examined));
        _examined = examined - consumed;
    }
}
