using LocalRunner.ApplicationModel;
using LocalRunner.Preflight;

namespace LocalRunner.Orchestration;

/// <summary>Brings an application up, each resource as soon as what it waits for is there, and down again in reverse order.</summary>
internal sealed class Orchestrator : IAsyncDisposable
{
    // Of the 2 s that a person waits after Ctrl+C, the rest is for what isn't a process.
    private static readonly TimeSpan _stopWithin = TimeSpan.FromSeconds(1.7);

    // Of that, what the last wave gets at least: it holds the stores, and a PostgreSQL that is killed must recover at the next start.
    private static readonly TimeSpan _lastWave = TimeSpan.FromSeconds(0.8);

    private readonly DistributedApplicationBuilder _builder;
    private readonly HostingMode _mode;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _starting = [];
    private readonly SemaphoreSlim _stopOnce = new(1);
    private Stage? _stage;

    public Orchestrator(DistributedApplicationBuilder builder, HostingMode mode, TimeProvider clock)
    {
        _builder = builder;
        _mode = mode;
        _clock = clock;
        foreach (var resource in builder.Resources)
        {
            foreach (var name in InstanceNames.Of(resource))
            {
                Notifications.Register(resource, name);
            }
        }
    }

    public ResourceNotificationService Notifications { get; } = new();

    public TimeProvider TimeProvider => _clock;

    public IReadOnlyCollection<IResource> Resources => (IReadOnlyCollection<IResource>)_builder.Resources;

    /// <summary>Gets all instances, in the order in which the AppHost names their resources.</summary>
    public IReadOnlyList<Instance> Instances => Running.Instances;

    private Stage Running => _stage ?? throw new LocalRunnerException("The application isn't started. Call StartAsync first.");

    /// <summary>Begins to bring everything up; how far it is, <see cref="Notifications"/> tells.</summary>
    /// <param name="cancellationToken">Ends the beginning, not what has begun.</param>
    /// <param name="reset">Whether the data of earlier starts is deleted first.</param>
    /// <param name="inspect">Shows a person what the pre-flight found, and says whether to go on; null for no pre-flight.</param>
    /// <returns>Whether it went on.</returns>
    public async Task<bool> StartAsync(CancellationToken cancellationToken, bool reset = false, Func<IReadOnlyList<PreflightFinding>, bool>? inspect = null)
    {
        if (_stage is not null)
        {
            throw new LocalRunnerException("The application was started before. Build another one to start it again.");
        }

        var waves = StartOrder.Of(Resources);
        _stage = await Stage.SetAsync(_builder, _mode, Notifications, _clock, reset, inspect, cancellationToken);
        _starting.AddRange(waves.SelectMany(static wave => wave).SelectMany(wave => _stage?.InstancesOf(wave) ?? []).Select(BringUpAsync));
        return _stage is not null;
    }

    /// <summary>Stops everything, in reverse order, within 2 s.</summary>
    /// <returns>What was stopped, in that order, and what of it had to be killed.</returns>
    public async Task<StopReport> StopAsync()
    {
        if (_stage is null)
        {
            return StopReport.Nothing;
        }

        await _stopOnce.WaitAsync();
        try
        {
            await _stopping.CancelAsync();
            await Task.WhenAll(_starting);
            var asked = _clock.GetTimestamp();
            List<IReadOnlyList<Instance>> waves = [.. StartOrder.ToStop(Resources)
                .Select(wave => wave.SelectMany(_stage.InstancesOf).Where(static instance => instance.ProcessId is not null).ToList())
                .Where(static wave => wave.Count > 0)];
            var killed = new List<string>();
            for (var done = 0; done < waves.Count; done++)
            {
                var grace = GraceOf(waves.Count - done, _stopWithin - _clock.GetElapsedTime(asked));
                var ends = waves[done].Select(async instance => (instance.Name, Gently: await instance.StopAsync(grace)));
                killed.AddRange((await Task.WhenAll(ends)).Where(static end => !end.Gently).Select(static end => end.Name));
            }

            return new([.. waves.SelectMany(static wave => wave).Select(static instance => instance.Name)], killed, _clock.GetElapsedTime(asked));
        }
        finally
        {
            _stopOnce.Release();
        }
    }

    /// <summary>Kills everything at once.</summary>
    public async Task KillAsync()
    {
        await _stopping.CancelAsync();
        if (_stage is not null)
        {
            await Task.WhenAll(_stage.Instances.Select(static instance => instance.KillAsync()));
        }
    }

    /// <summary>Finds the instances that a name means.</summary>
    public IReadOnlyList<Instance> Find(string name)
    {
        var ids = Notifications.Latest(name).Select(static latest => latest.ResourceId);
        return [.. Running.Instances.IntersectBy(ids, static instance => instance.Name)];
    }

    public Uri EndpointOf(string name, string endpointName)
    {
        var instance = Find(name)[0];
        return endpointName == "http" && Running.EndpointOf(instance) is { } endpoint
            ? endpoint
            : throw new LocalRunnerException($"{name} has no endpoint called '{endpointName}'. Only services have one, called 'http'.");
    }

    public Connection ConnectionOf(string name)
    {
        var resource = Find(name)[0].Resource;
        return resource is IResourceWithConnectionString
            ? Running.ConnectionOf(resource)
            : throw new LocalRunnerException($"{name} has no connection string. Only stores have one.");
    }

    public LaunchProfile? ProfileOf(IResource resource) => Running.ProfileOf(resource);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_stage is not null)
        {
            await _stage.DisposeAsync();
        }

        _stopping.Dispose();
        _stopOnce.Dispose();
    }

    // What a quick wave leaves of its time is for the waves after it.
    private static TimeSpan GraceOf(int wavesLeft, TimeSpan timeLeft)
    {
        var grace = wavesLeft == 1 ? timeLeft : (timeLeft - _lastWave) / (wavesLeft - 1);
        return grace > TimeSpan.Zero ? grace : TimeSpan.Zero;
    }

    private async Task BringUpAsync(Instance instance)
    {
        try
        {
            WaitAnnotation[] waits = [.. StartOrder.WaitsOf(instance.Resource)];
            if (waits.Length > 0)
            {
                instance.Wait();
            }

            foreach (var wait in waits)
            {
                await (wait.OnlyStarted
                    ? Notifications.WaitForStartAsync(wait.Resource.Name, _stopping.Token)
                    : Notifications.WaitForResourceHealthyAsync(wait.Resource.Name, _stopping.Token));
            }

            await instance.StartAsync(_stopping.Token);
        }
        catch (LocalRunnerException failure)
        {
            instance.Fail(failure.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopped before it was its turn.
        }
    }
}
