using LocalRunner.ApplicationModel;
using LocalRunner.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LocalRunner.Orchestration;

/// <summary>One instance of a resource through its life: prepared, started, watched, stopped or killed, and started again.</summary>
/// <remarks>Safe for concurrent use: starting and stopping take turns.</remarks>
internal sealed class Instance : IDisposable
{
    private readonly IRunnable _runnable;
    private readonly ResourceNotificationService _notifications;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _turn = new(1);
    private Run? _run;

    public Instance(IResource resource, string name, IRunnable runnable, ResourceNotificationService notifications, TimeProvider clock)
    {
        Resource = resource;
        Name = name;
        _runnable = runnable;
        _notifications = notifications;
        _clock = clock;
    }

    public IResource Resource { get; }

    public string Name { get; }

    public OutputRing Output { get; } = new();

    public CustomResourceSnapshot Snapshot => _notifications.Latest(Name).Single(latest => latest.ResourceId == Name).Snapshot;

    /// <summary>Gets the number of its process; null while there is none.</summary>
    public int? ProcessId => _run is { Ended: false } run ? run.Process?.Id : null;

    /// <summary>Says that it is held back.</summary>
    public void Wait() => Publish(KnownResourceStates.Waiting);

    /// <summary>Says that it can't be started, and why.</summary>
    public void Fail(string reason)
    {
        Write(reason);
        Publish(KnownResourceStates.FailedToStart);
    }

    /// <summary>Starts it, unless it runs.</summary>
    /// <returns>Whether its process was started. That it is well, or that it ended soon after, is for its snapshot to say.</returns>
    public async Task<bool> StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_run is { Ended: false })
            {
                return true;
            }

            Publish(KnownResourceStates.Starting);
            await _runnable.PrepareAsync(Output.Add, cancellationToken);
            var process = _runnable.Start(Output.Add);
            Publish(KnownResourceStates.Running);
            _run = new(process);
            _run.Watch = WatchAsync(_run);
            return true;
        }
        catch (LocalRunnerException failure)
        {
            Fail(failure.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            Publish(KnownResourceStates.Exited);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Asks it to stop, and kills it when it doesn't.</summary>
    /// <param name="grace">How long it may take.</param>
    /// <returns>Whether it stopped by itself.</returns>
    public Task<bool> StopAsync(TimeSpan grace) => EndAsync(async process =>
    {
        Publish(KnownResourceStates.Stopping, keepHealth: true);
        var asked = _clock.GetTimestamp();
        await process.StopAsync(grace);
        return _clock.GetElapsedTime(asked) < grace;
    });

    /// <summary>Kills it at once, as a crash would.</summary>
    public Task KillAsync() => EndAsync(static process =>
    {
        process.Kill();
        return Task.FromResult(true);
    });

    public void Dispose() => _turn.Dispose();

    private async Task<bool> EndAsync(Func<ChildProcess, Task<bool>> end)
    {
        await _turn.WaitAsync();
        try
        {
            if (_run is not { Ended: false } run)
            {
                return true;
            }

            run.Asked = true;
            var gently = run.Process is null || await end(run.Process);
            await run.Looking.CancelAsync();
            await run.Watch;
            return gently;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task WatchAsync(Run run)
    {
        var looking = LookAsync(run);
        int? exitCode = null;
        if (run.Process is not null)
        {
            exitCode = await run.Process.Exited;
            await run.Looking.CancelAsync();
        }

        await looking;
        run.Ended = true;
        var state = (run.Asked, run.WasHealthy, exitCode) switch
        {
            (true, _, _) => KnownResourceStates.Exited,
            (false, false, _) => KnownResourceStates.FailedToStart,
            (false, true, 0) => KnownResourceStates.Finished,
            _ => KnownResourceStates.Exited,
        };
        Publish(state, exitCode);
    }

    // Looks at its health until it ends.
    private async Task LookAsync(Run run)
    {
        var since = _clock.GetTimestamp();
        bool? last = null;
        try
        {
            while (true)
            {
                var healthy = await _runnable.IsHealthyAsync(run.Looking.Token);
                since = healthy == last ? since : _clock.GetTimestamp();
                last = healthy;
                run.WasHealthy |= healthy;
                _notifications.Publish(Name, snapshot => snapshot with { HealthStatus = healthy ? HealthStatus.Healthy : HealthStatus.Unhealthy });
                await Task.Delay(HealthPace.Next(healthy, _clock.GetElapsedTime(since)), _clock, run.Looking.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }
        catch (LocalRunnerException refusal)
        {
            Write(refusal.Message); // a server that waiting won't mend, as when it refuses our password
            run.Process?.Kill();
        }
    }

    private void Write(string text) => Output.Add(new(_clock.GetUtcNow(), IsError: true, text));

    private void Publish(string state, int? exitCode = null, bool keepHealth = false) => _notifications.Publish(
        Name, snapshot => new() { State = new(state), ExitCode = exitCode, HealthStatus = keepHealth ? snapshot.HealthStatus : null });

    // One process, from its start to its end.
    private sealed class Run(ChildProcess? process)
    {
        public ChildProcess? Process { get; } = process;

        public CancellationTokenSource Looking { get; } = new();

        public Task Watch { get; set; } = Task.CompletedTask;

        public bool Asked { get; set; }

        public bool WasHealthy { get; set; }

        public bool Ended { get; set; }
    }
}
