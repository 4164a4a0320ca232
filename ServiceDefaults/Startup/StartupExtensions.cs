using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults.Startup;

namespace Microsoft.Extensions.Hosting;

/// <summary>Work that a service does after it listens and before it serves.</summary>
public static class StartupExtensions
{
    /// <summary>Adds work to be finished before requests are let in; until then they are answered with 503, and <c>/startup</c> and <c>/health</c> with 503.</summary>
    /// <remarks>
    /// Works run one after the other. One that fails because a store or a network is away runs again until it succeeds; one that fails for any
    /// other reason ends the process with one line and exit code 1.
    /// </remarks>
    /// <param name="builder">The service's builder.</param>
    /// <param name="name">What it is, in a word or two, such as <c>migrations</c>.</param>
    /// <param name="work">Does it. It must be repeatable.</param>
    /// <param name="needs">What it waits for when it runs again, such as <c>postgres</c>: requests that are refused meanwhile hear it as their <c>dependency</c>.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static IHostApplicationBuilder AddStartupWork(
        this IHostApplicationBuilder builder, string name, Func<IServiceProvider, CancellationToken, Task> work, string? needs = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(work);

        builder.Services.AddSingleton(new StartupWork(name, work, needs));
        return builder;
    }
}
