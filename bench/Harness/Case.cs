namespace Resilience.Benchmarks.Harness;

/// <summary>One way to do something, to be measured beside another.</summary>
/// <param name="Name">Whose way it is.</param>
/// <param name="RunAsync">Does it as many times as it is told to. The loop is the case's own, so that no call stands between two operations.</param>
/// <param name="Threads">How many threads do it at the same time.</param>
/// <param name="Around">What holds while it runs, and at no other time; begun and ended outside of what is measured.</param>
internal sealed record Case(string Name, Func<int, Task> RunAsync, int Threads = 1, Func<IDisposable>? Around = null);
