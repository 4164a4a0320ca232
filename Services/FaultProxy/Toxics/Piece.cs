namespace FaultProxy.Toxics;

/// <summary>The next piece of a stream, as the toxics before have shaped it. Times are the clock's timestamps.</summary>
/// <param name="Length">How many bytes of it go on together; 0 for the end of the stream.</param>
/// <param name="Due">When they go on.</param>
/// <param name="Chunk">Which chunk it was cut from: what arrived together has the same number.</param>
/// <param name="IsEnd">Whether it is the end of the stream.</param>
/// <param name="Fate">What becomes of it.</param>
internal readonly record struct Piece(int Length, long Due, long Chunk, bool IsEnd = false, Fate Fate = Fate.Pass);
