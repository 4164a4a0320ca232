namespace ServiceDefaults.Startup;

/// <summary>How far the start has come: a service listens at once, and serves when this is done.</summary>
/// <remarks>Safe for concurrent use. A service without start-up work is done at once.</remarks>
public sealed class StartupState
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets whether the start-up work is done.</summary>
    public bool IsDone => _done.Task.IsCompletedSuccessfully;

    /// <summary>Waits until the start-up work is done, as a background service must before it touches what that work prepares.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When the work is done.</returns>
    public Task WaitAsync(CancellationToken cancellationToken) => _done.Task.WaitAsync(cancellationToken);

    /// <summary>Gets or sets what is being done; shown in <c>/startup</c>.</summary>
    internal string? Current { get; set; }

    /// <summary>Gets or sets what that needs from elsewhere; shown to those who are refused meanwhile.</summary>
    internal string? Needs { get; set; }

    /// <summary>Lets requests in.</summary>
    internal void Complete() => _done.TrySetResult();
}
