namespace Resilience.Redis.Tests;

/// <summary>A board in this process, which does what the script does (<see cref="PeerBoardSpecification"/> holds both to it), and fails when it is told to.</summary>
/// <param name="time">The server's clock.</param>
internal sealed class MemoryBoard(TimeProvider time) : IPeerBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, (DateTimeOffset Seen, PeerReport Report)>> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Node, DateTimeOffset Until)> _turns = new(StringComparer.Ordinal);

    /// <summary>Gets or sets what every question ends with.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets or sets what every answer waits for.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public int Questions { get; private set; }

    public async Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, TimeSpan holds, IReadOnlyList<PeerReport> reports)
    {
        Questions++;
        if (Hold is { } hold)
        {
            await hold.Task;
        }

        if (Failure is { } failure)
        {
            throw failure;
        }

        lock (_lock)
        {
            return [.. reports.Select(report => Exchange(node, holds, report))];
        }
    }

    /// <summary>Forgets everything, as FLUSHALL does.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            _known.Clear();
            _turns.Clear();
        }
    }

    private PeerAnswer Exchange(string node, TimeSpan holds, PeerReport report)
    {
        var now = time.GetUtcNow();
        var known = _known.TryGetValue(report.Circuit, out var nodes) ? nodes : _known[report.Circuit] = new(StringComparer.Ordinal);
        foreach (var (other, _) in known.Where(entry => entry.Key != node && (now - entry.Value.Seen).Duration() > holds).ToList())
        {
            known.Remove(other);
        }

        var others = known.Where(entry => entry.Key != node).Select(static entry => entry.Value.Report).ToList();
        if (report.IsLeaving)
        {
            known.Remove(node);
        }
        else
        {
            known[node] = (now, report);
        }

        return new(HasTurn(node, report, now, holds), others.Count, others.Count(static other => other.IsBad || other.Calls > 0), others.Count(static other => other.IsBad));
    }

    private bool HasTurn(string node, PeerReport report, DateTimeOffset now, TimeSpan holds)
    {
        var isTaken = _turns.TryGetValue(report.Circuit, out var turn) && now < turn.Until;
        if (report.Turn == ProbeTurn.Take && (!isTaken || turn.Node == node))
        {
            _turns[report.Circuit] = (node, now + holds);
            return true;
        }

        if (report.Turn == ProbeTurn.Give && isTaken && turn.Node == node)
        {
            _turns.Remove(report.Circuit);
        }

        return false;
    }
}
