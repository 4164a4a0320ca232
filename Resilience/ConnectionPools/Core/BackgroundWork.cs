namespace Resilience.ConnectionPools;

/// <summary>Runs what a pool does of its own accord, away from the thread that made it due, and without that thread's context.</summary>
/// <param name="work">What to run; it never fails.</param>
internal delegate void BackgroundWork(Func<Task> work);
