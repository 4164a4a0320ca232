namespace Resilience.Recovery;

/// <summary>What is known of a procedure: whether its finding lasts, how long it rests, and whether it has given up. Not safe for concurrent use.</summary>
/// <param name="options">The limits.</param>
/// <param name="now">The clock's milliseconds.</param>
internal sealed class ProcedureTrack(RecoveryOptions options, long now)
{
    private const int LongestDoubling = 30;

    private long? _calmSince = now;
    private long _readyAt = now;

    /// <summary>Gets what is wrong; null when nothing is.</summary>
    public string? Finding { get; private set; }

    /// <summary>Gets since when, in the clock's milliseconds.</summary>
    public long FoundAt { get; private set; }

    /// <summary>Gets how many looks have found it since anything was done about it.</summary>
    public int Sightings { get; private set; }

    /// <summary>Gets how many actions in a row didn't help.</summary>
    public int Unverified { get; private set; }

    /// <summary>Gets how often the rest was doubled.</summary>
    public int Level { get; private set; }

    /// <summary>Gets or sets why the last action was held back, for as long as the reason lasts.</summary>
    public RecoverySuppression Suppression { get; set; }

    public bool IsConfirmed => Sightings >= options.Confirmations;

    public bool HasGivenUp => Unverified >= options.GiveUpAfter;

    /// <summary>Says how long a procedure rests.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="level">How often it was doubled.</param>
    /// <returns>The time, jitter aside.</returns>
    internal static TimeSpan Rest(RecoveryOptions options, int level) => TimeSpan.FromMilliseconds(
        Math.Min(options.CoolDown.TotalMilliseconds * Math.Pow(2, Math.Min(level, LongestDoubling)), options.MaxCoolDown.TotalMilliseconds));

    /// <summary>Takes what a look has found.</summary>
    /// <param name="finding">What is wrong; null when nothing is.</param>
    /// <param name="now">The clock's milliseconds.</param>
    public void Saw(string? finding, long now)
    {
        if (finding is not null)
        {
            (FoundAt, _calmSince) = (Finding is null ? now : FoundAt, null);
            (Finding, Sightings) = (finding, Sightings + 1);
            return;
        }

        (Finding, Sightings, Suppression) = (null, 0, RecoverySuppression.None);
        _calmSince ??= now;
        if (now - _calmSince >= options.CalmAfter.TotalMilliseconds && (!HasGivenUp || now >= _readyAt))
        {
            Rearm(now);
        }
    }

    /// <summary>Takes that a look has found out nothing: neither calm, nor a proof that it still is wrong.</summary>
    public void SawNothing() => _calmSince = null;

    /// <summary>Says what of the procedure's own holds an action back.</summary>
    /// <param name="now">The clock's milliseconds.</param>
    public RecoverySuppression HeldBack(long now) =>
        now >= _readyAt ? RecoverySuppression.None : HasGivenUp ? RecoverySuppression.GivenUp : RecoverySuppression.CoolDown;

    /// <summary>Gets for how long it rests yet.</summary>
    /// <param name="now">The clock's milliseconds.</param>
    public TimeSpan RestLeft(long now) => TimeSpan.FromMilliseconds(Math.Max(0, _readyAt - now));

    /// <summary>Takes that it has acted. It rests longer each time, helped or not: what must be mended again and again isn't mended.</summary>
    /// <param name="helped">Whether it was seen to help.</param>
    /// <param name="now">The clock's milliseconds.</param>
    /// <param name="draw">From 0 to 1, for the jitter.</param>
    public void Acted(bool helped, long now, double draw)
    {
        (Sightings, Suppression) = (0, RecoverySuppression.None);
        Unverified = helped ? 0 : Unverified + 1;
        if (helped)
        {
            (Finding, _calmSince) = (null, now);
        }

        var rest = HasGivenUp ? options.RearmAfter : Rest(options, Level);
        _readyAt = now + (long)Math.Ceiling(rest.TotalMilliseconds * (1 + (options.Jitter * draw)));
        Level++;
    }

    /// <summary>Forgets what it did.</summary>
    /// <param name="now">The clock's milliseconds.</param>
    public void Rearm(long now) => (Level, Unverified, _readyAt, Suppression) = (0, 0, now, RecoverySuppression.None);
}
