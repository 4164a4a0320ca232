namespace LocalRunner.Preflight;

/// <summary>How much a finding matters.</summary>
internal enum PreflightLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Worth knowing; the start goes on.</summary>
    Note,

    /// <summary>The start can't go on.</summary>
    Problem,
}
