using System.Net;
using System.Net.Sockets;
using LocalRunner.Processes;

namespace LocalRunner.Orchestration;

/// <summary>A service, started from what its build wrote.</summary>
internal sealed class ProjectRunnable(
    string name,
    IProjectMetadata project,
    Uri endpoint,
    IReadOnlyList<ApplicationModel.HttpHealthCheckAnnotation> checks,
    Func<IReadOnlyDictionary<string, string?>> environment,
    ProcessSupervisor supervisor,
    HttpClient http) : IRunnable
{
    private static readonly TimeSpan _answerWithin = TimeSpan.FromSeconds(3);

    public Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken) => Task.CompletedTask;

    public ChildProcess Start(Action<OutputLine> output)
    {
        var assembly = project is IProjectOutput built
            ? built.TargetPath
            : throw new LocalRunnerException($"{name}: {project.GetType()} doesn't say where {project.ProjectPath} was built. Let it implement {nameof(IProjectOutput)}.");
        if (!File.Exists(assembly))
        {
            throw new LocalRunnerException($"{name} has not been built: there is no {assembly}. Run 'dotnet build' first.");
        }

        // As 'dotnet run' does: the working directory is the project's, where its appsettings.json is.
        return supervisor.Start(new(name, DotNetHost.FullPath, [assembly])
        {
            WorkingDirectory = Path.GetDirectoryName(project.ProjectPath)!,
            Environment = environment(),
            Output = output,
        });
    }

    /// <summary>Makes its health checks; a service without one is well while it accepts connections.</summary>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_answerWithin);
        try
        {
            if (checks.Count == 0)
            {
                using var connection = new TcpClient();
                await connection.ConnectAsync(endpoint.Host, endpoint.Port, limit.Token);
            }

            foreach (var check in checks)
            {
                using var answer = await http.GetAsync(new Uri(endpoint, check.Path), HttpCompletionOption.ResponseHeadersRead, limit.Token);
                if (answer.StatusCode != (HttpStatusCode)check.StatusCode)
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
