using Lab.Journals;

namespace Lab.Conservation;

/// <summary>Holds what clients were told against what the databases say.</summary>
internal static class JournalCheck
{
    // How far each status is along an order's way; a client may only ever see it grow.
    private static readonly Dictionary<string, int> _progress = new(StringComparer.Ordinal)
    {
        ["Pending"] = 0,
        ["Reserved"] = 1,
        ["Rejected"] = 2,
        ["Confirmed"] = 2,
        ["Cancelling"] = 3,
        ["Cancelled"] = 4,
    };

    public static IEnumerable<Violation> Run(ShopState state, Journal journal)
    {
        var orders = state.Orders.DistinctBy(static order => order.Id).ToDictionary(static order => order.Id);
        var cancelled = journal.Sightings.Where(static seen => seen.Status is "Cancelling" or "Cancelled").Select(static seen => seen.OrderId).ToHashSet();
        return
        [
            .. CheckEntries(journal, orders, cancelled),
            .. CheckKeys(state, journal),
            .. CheckSightings(journal),
        ];
    }

    private static IEnumerable<Violation> CheckEntries(Journal journal, Dictionary<Guid, OrderRow> orders, HashSet<Guid> cancelled)
    {
        foreach (var entry in journal.Entries.Where(static entry => entry.OrderId is not null))
        {
            var order = orders.GetValueOrDefault(entry.OrderId!.Value);
            if (order is null)
            {
                yield return new("I5", $"attempt {entry.Id} was answered {entry.Status} with order {entry.OrderId}, which is lost");
            }
            else if (entry.Outcome is AttemptOutcome.Ok && (order.Total != entry.Total || (order.Status != "Confirmed" && !cancelled.Contains(order.Id))))
            {
                yield return new("I5", $"attempt {entry.Id} was told that order {order.Id} is confirmed at {entry.Total}; it is {order.Status} at {order.Total}");
            }
        }
    }

    private static IEnumerable<Violation> CheckKeys(ShopState state, Journal journal)
    {
        var byKey = state.Orders.Where(static order => order.Key is not null).ToLookup(static order => order.Key!, StringComparer.Ordinal);
        foreach (var twice in state.Orders.GroupBy(static order => (order.Client, order.Key)).Where(static rows => rows.Key.Key is not null && rows.Skip(1).Any()))
        {
            yield return new("I6", $"key {twice.Key.Key} of {twice.Key.Client} made {twice.Count()} orders");
        }

        foreach (var keyless in state.Orders.Where(static order => order.Key is null))
        {
            yield return new("I6", $"order {keyless.Id} was made under no key");
        }

        foreach (var attempts in journal.Entries.GroupBy(static entry => (entry.Client, entry.Key)))
        {
            if (attempts.Select(static entry => entry.OrderId).OfType<Guid>().Distinct().Skip(1).Any())
            {
                yield return new("I6", $"key {attempts.Key.Key} was answered with different orders");
            }

            if (attempts.OrderBy(static entry => entry.T1).Last().Outcome is AttemptOutcome.Fail && byKey[attempts.Key.Key].Any(static order => order.Status == "Confirmed"))
            {
                yield return new("I7", $"key {attempts.Key.Key} was refused for good, but has a confirmed order");
            }

            var answers = attempts.Where(static entry => entry.Outcome is not AttemptOutcome.Info || entry.Status == 202).ToList();
            if (answers.Count == 0)
            {
                yield return new("I8", $"key {attempts.Key.Key} never got an answer in {attempts.Count()} attempts");
            }
            else if (answers.DistinctBy(static entry => (entry.Status, entry.BodyHash, entry.Location)).Skip(1).Any())
            {
                yield return new("I11", $"key {attempts.Key.Key} got different answers: {string.Join(", ", answers.Select(static entry => $"{entry.Status} {entry.BodyHash?[..8]} {entry.Location}"))}");
            }
        }
    }

    private static IEnumerable<Violation> CheckSightings(Journal journal)
    {
        foreach (var seen in journal.Sightings.GroupBy(static sighting => sighting.OrderId))
        {
            // Only reads that did not overlap have an order: what ended before the other began was earlier.
            var inOrder = seen.OrderBy(static sighting => sighting.T0).ToList();
            for (var index = 1; index < inOrder.Count; index++)
            {
                var (before, after) = (inOrder[index - 1], inOrder[index]);
                if (before.T1 <= after.T0 && Progress(after) < Progress(before))
                {
                    yield return new("I12", $"order {seen.Key} was seen {before.Status} and later {after.Status ?? "missing"}");
                }
            }
        }
    }

    private static int Progress(Sighting sighting) => sighting.Status is null ? -1 : _progress.GetValueOrDefault(sighting.Status, -1);
}
