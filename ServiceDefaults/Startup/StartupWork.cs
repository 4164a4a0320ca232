namespace ServiceDefaults.Startup;

/// <summary>Something to finish before the service serves, such as migrations.</summary>
/// <param name="Name">What it is, in a word or two.</param>
/// <param name="RunAsync">Does it. Runs again after a transient failure, so it must be repeatable.</param>
/// <param name="Needs">What it waits for while it runs again; null when that is nothing with a name.</param>
internal sealed record StartupWork(string Name, Func<IServiceProvider, CancellationToken, Task> RunAsync, string? Needs);
