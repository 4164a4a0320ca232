using System.Globalization;
using Lab.Journals;

namespace Lab.Shopping;

/// <summary>Orders arriving at a steady rate, whatever becomes of those before (an open loop), and what a careful customer does about unknowns.</summary>
/// <remarks>Two flows with the same seed order the same things under the same keys.</remarks>
/// <param name="client">Places the orders.</param>
/// <param name="skus">What is ordered, by chance.</param>
/// <param name="seed">Fixes the chance.</param>
/// <param name="clock">Paces the flow.</param>
public sealed class OrderFlow(ShopClient client, IReadOnlyList<string> skus, int seed, TimeProvider clock)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(12); // more than the gateway's longest deadline

    /// <summary>Places <paramref name="count"/> orders, one attempt each.</summary>
    /// <param name="count">How many.</param>
    /// <param name="perSecond">How many a second; more than 0.</param>
    /// <param name="cancellationToken">Stops placing; attempts under way are written down as unknown.</param>
    /// <returns>When the last one has its answer or has given up.</returns>
    public async Task RunAsync(int count, double perSecond, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);

        var start = clock.GetTimestamp();
        var attempts = new List<Task>(count);
        for (var number = 0; number < count; number++)
        {
            var due = TimeSpan.FromSeconds(number / perSecond) - clock.GetElapsedTime(start);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, clock, cancellationToken);
            }

            attempts.Add(client.PlaceAsync(KeyOf(number), LinesOf(number), _patience, cancellationToken));
        }

        await Task.WhenAll(attempts);
    }

    /// <summary>Repeats every attempt of this flow whose outcome is unknown, under its key, until there is an answer, then once more.</summary>
    /// <remarks>202 is an answer, though not yet the order's outcome. The second answer is in the journal for the comparison with the first.</remarks>
    /// <param name="journal">The journal of this flow's client.</param>
    /// <param name="within">How long the shop may take until it answers.</param>
    /// <param name="cancellationToken">Ends the repeating.</param>
    /// <returns>The keys that got no answer in time.</returns>
    public async Task<IReadOnlyList<string>> SettleUnknownsAsync(Journal journal, TimeSpan within, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);

        var start = clock.GetTimestamp();
        var open = journal.Entries.Where(entry => entry.Key.StartsWith(Keys, StringComparison.Ordinal)).GroupBy(static entry => entry.Key, StringComparer.Ordinal)
            .Where(static attempts => attempts.All(static attempt => !IsAnswer(attempt)))
            .Select(static attempts => attempts.Key)
            .ToList();
        while (true)
        {
            var unanswered = new List<string>();
            foreach (var key in open)
            {
                var answer = await RepeatAsync(key, cancellationToken);
                if (IsAnswer(answer))
                {
                    await RepeatAsync(key, cancellationToken);
                }
                else
                {
                    unanswered.Add(key);
                }
            }

            if (unanswered.Count == 0 || clock.GetElapsedTime(start) > within)
            {
                return unanswered;
            }

            open = unanswered;
            await Task.Delay(TimeSpan.FromMilliseconds(250), clock, cancellationToken);
        }
    }

    private static bool IsAnswer(JournalEntry entry) => entry.Outcome is not AttemptOutcome.Info || entry.Status == 202;

    private Task<JournalEntry> RepeatAsync(string key, CancellationToken cancellationToken) => client.PlaceAsync(
        key, LinesOf(int.Parse(key.AsSpan(key.LastIndexOf('-') + 1), CultureInfo.InvariantCulture)), _patience, cancellationToken);

    private string Keys => string.Create(CultureInfo.InvariantCulture, $"flow-{seed:D8}-");

    private string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Keys}{number:D8}");

    private List<OrderedLine> LinesOf(int number)
    {
        var random = new Random(unchecked((seed * 486_187_739) + number));
        return [.. Enumerable.Range(0, 1 + random.Next(3))
            .Select(_ => skus[random.Next(skus.Count)])
            .Distinct(StringComparer.Ordinal)
            .Select(sku => new OrderedLine(sku, 1 + random.Next(3)))];
    }
}
