namespace LocalRunner;

/// <summary>The door to what LocalRunner can do and Aspire can't.</summary>
public static class LocalRunnerExtensions
{
    /// <summary>Gets what starts, stops and kills single resources.</summary>
    /// <param name="app">The application.</param>
    /// <returns>Its control.</returns>
    public static LocalRunnerControl GetLocalRunner(this DistributedApplication app) => new(app.Orchestrator);
}
