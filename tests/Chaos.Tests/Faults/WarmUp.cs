using Lab.Journals;
using Lab.Shopping;

namespace Chaos.Tests.Faults;

/// <summary>What comes before every fault: one in a shop that has only just started would be found in code that is still being compiled.</summary>
internal static class WarmUp
{
    private const int ConfirmedOrders = 10;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    /// <summary>Places orders until ten were confirmed.</summary>
    /// <param name="client">Places them.</param>
    /// <param name="cancellationToken">Ends the warming up.</param>
    /// <returns>When the shop is warm.</returns>
    public static async Task WarmUpAsync(this ShopClient client, CancellationToken cancellationToken)
    {
        for (var confirmed = 0; confirmed < ConfirmedOrders;)
        {
            var attempt = await client.PlaceAsync($"warm-up-{Guid.NewGuid():N}", [new OrderedLine("SKU-0041", 1)], _patience, cancellationToken);
            confirmed += attempt.Outcome is AttemptOutcome.Ok ? 1 : 0;
        }
    }
}
