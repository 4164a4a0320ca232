using System.Globalization;

namespace LocalRunner.Processes;

/// <summary>The list of this AppHost's processes, on disk, so that the next AppHost can end what a dead one left.</summary>
/// <remarks>One line a process: number, signal, start time, name, with tabs between. Safe for concurrent use.</remarks>
internal sealed class ProcessLedger(DataDirectory data)
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];

    /// <summary>Reads what the last AppHost left.</summary>
    /// <returns>Its processes that are still running, the last started first.</returns>
    public IReadOnlyList<Entry> ReadLeftovers() => !File.Exists(data.LedgerPath) ? [] :
    [
        .. from line in File.ReadLines(data.LedgerPath).Reverse()
           let entry = Parse(line)
           where entry is not null && entry.Process.IsRunning
           select entry,
    ];

    /// <summary>Adds a process that runs now.</summary>
    /// <param name="entry">The process.</param>
    public void Add(Entry entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
            Save();
        }
    }

    /// <summary>Takes a process off the list, because it has ended.</summary>
    /// <param name="process">The process.</param>
    public void Remove(ProcessIdentity process)
    {
        lock (_gate)
        {
            _entries.RemoveAll(entry => entry.Process == process);
            Save();
        }
    }

    // A line that can't be read names nobody: it is passed over rather than guessed at.
    private static Entry? Parse(string line) => line.Split('\t') is [var id, var signal, var startTime, var name]
        && int.TryParse(id, CultureInfo.InvariantCulture, out var number)
        && Enum.TryParse<StopSignal>(signal, out var known) ? new(new(number, startTime), known, name) : null;

    private void Save() => data.PrivateFile(Path.GetFileName(data.LedgerPath), string.Concat(_entries.Select(static entry => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Process.Id}\t{entry.Signal}\t{entry.Process.StartTime}\t{entry.Name}\n"))));

    /// <summary>One process.</summary>
    /// <param name="Process">Which one.</param>
    /// <param name="Signal">How it is asked to stop.</param>
    /// <param name="Name">What it is called.</param>
    internal sealed record Entry(ProcessIdentity Process, StopSignal Signal, string Name);
}
