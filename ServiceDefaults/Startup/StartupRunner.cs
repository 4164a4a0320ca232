using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ServiceDefaults.Startup;

/// <summary>Runs the start-up works in the background, again and again while what they need is away.</summary>
internal sealed partial class StartupRunner(
    IEnumerable<StartupWork> works,
    StartupState state,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<StartupRunner> logger) : BackgroundService
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(2); // how long a store may have been back before it is noticed

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ListeningAsync(stoppingToken); // a stop in the middle of the host's start would be a crash
        foreach (var work in works)
        {
            (state.Current, state.Needs) = (work.Name, work.Needs);
            if (!await FinishAsync(work, stoppingToken))
            {
                return;
            }
        }

        state.Complete();
    }

    private async Task ListeningAsync(CancellationToken stoppingToken)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken);
    }

    private async Task<bool> FinishAsync(StartupWork work, CancellationToken stoppingToken)
    {
        for (var pause = _firstPause; ; pause = pause * 2 < _longestPause ? pause * 2 : _longestPause)
        {
            try
            {
                await work.RunAsync(services, stoppingToken);
                return true;
            }
            catch (Exception away) when (IsTransient(away) && !stoppingToken.IsCancellationRequested)
            {
                LogAway(logger, work.Name, away.Message);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, work.Name, failure.Message);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return false;
            }

            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private static bool IsTransient(Exception exception) =>
        exception is DbException { IsTransient: true } or SocketException or TimeoutException or IOException or HttpRequestException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Start-up work '{Work}' is tried again soon: {Reason}")]
    private static partial void LogAway(ILogger logger, string work, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Start-up work '{Work}' failed, so the service ends: {Reason}")]
    private static partial void LogFailed(ILogger logger, string work, string reason);
}
