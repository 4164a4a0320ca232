using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Resilience.Recovery;

namespace ServiceDefaults.Recovery;

/// <summary>Starts the recovery with the service, and writes its audit trail to the log.</summary>
internal sealed partial class RecoveryRunner(RecoveryOrchestrator recovery, ILogger<RecoveryOrchestrator> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        recovery.OnRecord = Log;
        recovery.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        recovery.Dispose();
        return Task.CompletedTask;
    }

    private void Log(RecoveryRecord record)
    {
        var level = record.Result is RecoveryResult.Unverified or RecoveryResult.Failed or RecoveryResult.Abandoned ? LogLevel.Warning : LogLevel.Information;
        var result = record.Result == RecoveryResult.Suppressed ? $"{record.Result} ({record.Suppression})" : $"{record.Result}";
        LogRecord(logger, level, record.Procedure, result, record.Duration.TotalSeconds, record.Finding, record.Detail ?? "");
    }

    [LoggerMessage(Message = "Recovery, {Procedure}: {Result} after {Seconds:F1} s. Found: {Finding} {Detail}")]
    private static partial void LogRecord(ILogger logger, LogLevel level, string procedure, string result, double seconds, string finding, string detail);
}
