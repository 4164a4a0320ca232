using System.Diagnostics;
using Resilience.Telemetry;

namespace ServiceDefaults.Http;

/// <summary>The two sendings of a hedged call, for their spans.</summary>
internal sealed class HedgeRace
{
    public const string First = "first";
    public const string Second = "second";

    private string? _winner;

    /// <summary>Gets or sets whether there was a second sending at all.</summary>
    public volatile bool HasSecond;

    /// <summary>Gets which sending has a good answer; null while neither has.</summary>
    public string? Winner => Volatile.Read(ref _winner);

    /// <summary>Notes that a sending has a good answer.</summary>
    /// <returns>Whether it was the first to have one.</returns>
    public bool TryWin(string sending) => Interlocked.CompareExchange(ref _winner, sending, null) is null;

    /// <summary>Writes on the caller's span which sending gave the answer, if there were two.</summary>
    public void Note(Activity? caller, string winner)
    {
        if (HasSecond && caller is { IsAllDataRequested: true })
        {
            caller.SetTag(ResilienceAttributes.HedgeWinner, winner);
            caller.AddEvent(new(ResilienceAttributes.HedgeEvent, tags: new() { { ResilienceAttributes.HedgeWinner, winner } }));
        }
    }
}
