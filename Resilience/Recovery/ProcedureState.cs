namespace Resilience.Recovery;

/// <summary>A procedure, what is known of it, and the one call of it that looks at something.</summary>
internal sealed record ProcedureState(IRecoveryProcedure Procedure, ProcedureTrack Track, LimitedCalls Looks)
{
    public string Name => Procedure.Name;

    public ProcedureSnapshot Snapshot(long now) => new()
    {
        Name = Name,
        Finding = Track.Finding,
        FoundFor = TimeSpan.FromMilliseconds(Track.Finding is null ? 0 : now - Track.FoundAt),
        UnverifiedInARow = Track.Unverified,
        HasGivenUp = Track.HasGivenUp,
        RestLeft = Track.RestLeft(now),
    };
}
