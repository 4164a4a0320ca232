using System.Reflection;

namespace LocalRunner.Testing;

/// <summary>One run of an AppHost's entry point by a test: as far as <c>Build()</c>, and no further.</summary>
/// <remarks>The entry point runs unchanged and knows nothing of it; the run is known to the flow of execution that it began.</remarks>
internal sealed class EntryPointRun
{
    private static readonly AsyncLocal<EntryPointRun?> _current = new();
    private DistributedApplicationBuilder? _builder;

    private EntryPointRun(Assembly appHost) => AppHost = appHost;

    /// <summary>Gets the run that the calling code is part of; null in an AppHost that was started by a person.</summary>
    public static EntryPointRun? Current => _current.Value;

    /// <summary>Gets the AppHost's assembly, which isn't the process's entry assembly in a test.</summary>
    public Assembly AppHost { get; }

    /// <summary>Runs an AppHost's entry point as far as <c>Build()</c>.</summary>
    /// <param name="appHost">The AppHost's assembly.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <returns>What it described.</returns>
    /// <exception cref="LocalRunnerException">It has no entry point, or that ended without a call of <c>Build()</c>.</exception>
    public static async Task<DistributedApplicationBuilder> RunAsync(Assembly appHost, string[] args, CancellationToken cancellationToken)
    {
        var entryPoint = appHost.EntryPoint
            ?? throw new LocalRunnerException($"{appHost.GetName().Name} has no entry point. Name a class of the AppHost's own, such as Projects.AppHost.");
        var run = new EntryPointRun(appHost);
        await Task.Run(
            () =>
            {
                _current.Value = run;
                try
                {
                    entryPoint.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, entryPoint.GetParameters().Length == 0 ? [] : [args], culture: null);
                }
                catch (StoppedAtBuildException)
                {
                    // As far as it was to go.
                }
            },
            cancellationToken).WaitAsync(cancellationToken);
        return run._builder
            ?? throw new LocalRunnerException($"The entry point of {appHost.GetName().Name} ended before it called Build(). Build the application in AppHost/Program.cs.");
    }

    /// <summary>Ends the run, for the test to go on with the builder.</summary>
    /// <param name="builder">What the AppHost described.</param>
    public void StopAt(DistributedApplicationBuilder builder)
    {
        _builder = builder;
        throw new StoppedAtBuildException();
    }

#pragma warning disable CA1064 // Never leaves this assembly but to unwind the AppHost's own frames.
    private sealed class StoppedAtBuildException() : Exception("A test took over from here.");
#pragma warning restore CA1064
}
