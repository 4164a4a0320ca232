using System.Diagnostics;
using Database;
using Microsoft.Extensions.Options;
using ServiceDefaults.Startup;

namespace Inventory.Reservations;

/// <summary>Gives back the stock of reservations that nobody confirmed in time.</summary>
internal sealed partial class ReservationSweeper(
    ReservationStore reservations,
    IOptions<ReservationOptions> options,
    StartupState startup,
    TimeProvider clock,
    ILogger<ReservationSweeper> logger) : PeriodicWork(startup, clock, logger)
{
    public const string ActivitySourceName = "Inventory.Sweeper";
    private const int Batch = 100;

    private static readonly ActivitySource _source = new(ActivitySourceName);

    protected override TimeSpan Every => options.Value.SweepEvery;

    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var orderId in await reservations.ListDueAsync(Batch, cancellationToken))
        {
            using var activity = _source.StartActivity("expire reservation", ActivityKind.Internal, parentContext: default); // a poll that finds nothing makes no trace
            if (await reservations.ExpireAsync(orderId, cancellationToken))
            {
                LogExpired(logger, orderId);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The reservation of order {OrderId} expired; its stock is available again.")]
    private static partial void LogExpired(ILogger logger, Guid orderId);
}
