using System.Diagnostics;

namespace Resilience.ConnectionPools;

/// <summary>A connection that has been lent for suspiciously long.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Held">For how long it has been lent.</param>
/// <param name="Borrower">Where it was asked for; null when this was not one of those that are noted (<see cref="ConnectionPoolOptions.LeakStackInterval"/>).</param>
public sealed record ConnectionLeak(string Pool, TimeSpan Held, StackTrace? Borrower);
