namespace FaultProxy.Toxics;

/// <summary>What becomes of a piece of a stream.</summary>
internal enum Fate
{
    /// <summary>It goes on, when it is due.</summary>
    Pass,

    /// <summary>It is dropped, and nobody is told.</summary>
    Swallow,

    /// <summary>The whole connection is closed in an orderly way.</summary>
    Close,

    /// <summary>The whole connection is reset: both sides see RST.</summary>
    Reset,
}
