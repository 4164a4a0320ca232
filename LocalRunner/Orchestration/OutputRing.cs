using LocalRunner.Processes;

namespace LocalRunner.Orchestration;

/// <summary>The last lines that one instance wrote. Each has its own, so that a chatty one never evicts the lines of another.</summary>
/// <remarks>Safe for concurrent use. Memory is taken as lines come in.</remarks>
internal sealed class OutputRing
{
    public const int Capacity = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<OutputLine> _lines = new();

    /// <summary>Gets how many lines were let go of to make room.</summary>
    public long Dropped { get; private set; }

    public void Add(OutputLine line)
    {
        lock (_gate)
        {
            if (_lines.Count == Capacity)
            {
                _lines.Dequeue();
                Dropped++;
            }

            _lines.Enqueue(line);
        }
    }

    /// <summary>Copies the lines, the oldest first.</summary>
    public IReadOnlyList<OutputLine> Snapshot()
    {
        lock (_gate)
        {
            return [.. _lines];
        }
    }
}
