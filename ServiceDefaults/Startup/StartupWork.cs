namespace ServiceDefaults.Startup;

/// <summary>Something to finish before the service serves, such as migrations.</summary>
/// <param name="Name">What it is, in a word or two.</param>
/// <param name="RunAsync">Does it. Runs again after a transient failure, so it must be repeatable.</param>
internal sealed record StartupWork(string Name, Func<IServiceProvider, CancellationToken, Task> RunAsync);
