using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServiceDefaults.Startup;

namespace Database;

/// <summary>Something that a service does again and again beside its requests, once the database is migrated.</summary>
/// <remarks>A run that fails is told in one line, and the next one tries again: what is to be done stays in the database.</remarks>
/// <param name="startup">Says when the migrations are done.</param>
/// <param name="clock">Times the runs.</param>
/// <param name="logger">Hears of runs that fail.</param>
public abstract partial class PeriodicWork(StartupState startup, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>Gets the pause between two runs.</summary>
    protected abstract TimeSpan Every { get; }

    /// <summary>Does what there is to do now.</summary>
    /// <param name="cancellationToken">Ends the run; what is left is for the next one.</param>
    /// <returns>When it is done.</returns>
    public abstract Task RunAsync(CancellationToken cancellationToken);

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await startup.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, GetType().Name, failure.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Work} failed and is tried again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string work, string reason);
}
