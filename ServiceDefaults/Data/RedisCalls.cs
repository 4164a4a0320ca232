using System.Diagnostics;
using StackExchange.Redis.Profiling;

namespace ServiceDefaults.Data;

/// <summary>The Redis commands of one activity, until they are spans.</summary>
/// <remarks>
/// StackExchange.Redis adds a command here when it ends, from any thread, and says nothing; so commands are counted when they are sent, and
/// the calls are over when the activity has stopped and as many have ended.
/// </remarks>
/// <param name="activity">What the commands were sent for; the spans' parent.</param>
internal sealed class RedisCalls(Activity activity)
{
    private const int MaxLooks = 30; // twice a second: three times as long as the client itself waits for an answer
    private readonly ProfilingSession _session = new();
    private int _unfinished;
    private int _looksAfterStop;
    private bool _isClosed;

    /// <summary>Gets the spans' parent.</summary>
    public ActivityContext Parent { get; } = activity.Context;

    /// <summary>Gets whether nobody looks after these any longer.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Counts a command that is about to be sent.</summary>
    /// <returns>Where it goes when it has ended.</returns>
    public ProfilingSession Begin()
    {
        Interlocked.Increment(ref _unfinished);
        return _session;
    }

    /// <summary>Takes the commands that have ended.</summary>
    public ProfiledCommandEnumerable Take()
    {
        var ended = _session.FinishProfiling();
        Interlocked.Add(ref _unfinished, -ended.Count());
        return ended;
    }

    /// <summary>Closes the calls of an activity that sends no more and has had all its answers, or has waited for them for long enough.</summary>
    /// <returns>Whether they are closed.</returns>
    public bool TryClose()
    {
        if (activity.IsStopped && (Volatile.Read(ref _unfinished) <= 0 || ++_looksAfterStop > MaxLooks))
        {
            Volatile.Write(ref _isClosed, true);
        }

        return _isClosed;
    }
}
