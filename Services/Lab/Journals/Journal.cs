using System.Collections.Concurrent;
using System.Text.Json;

namespace Lab.Journals;

/// <summary>Everything that clients did and saw in a run: what the shop's state is held against afterwards.</summary>
/// <remarks>Safe for concurrent use. Kept in memory; <see cref="SaveAsync"/> writes it as JSON lines.</remarks>
public sealed class Journal
{
    private readonly ConcurrentQueue<JournalEntry> _entries = [];
    private readonly ConcurrentQueue<Sighting> _sightings = [];
    private long _lastId;

    /// <summary>Gets the attempts so far, in the order in which they ended.</summary>
    public IReadOnlyList<JournalEntry> Entries => [.. _entries];

    /// <summary>Gets what was read so far, in the order in which it was.</summary>
    public IReadOnlyList<Sighting> Sightings => [.. _sightings];

    /// <summary>Gets the next attempt's number.</summary>
    /// <returns>A number from 1, never twice.</returns>
    public long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Adds an attempt that has ended.</summary>
    /// <param name="entry">The attempt.</param>
    public void Add(JournalEntry entry) => _entries.Enqueue(entry);

    /// <summary>Adds an order that was read.</summary>
    /// <param name="sighting">What was seen.</param>
    public void Add(Sighting sighting) => _sightings.Enqueue(sighting);

    /// <summary>Writes the attempts, one JSON object a line.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>When it is written.</returns>
    public Task SaveAsync(string path, CancellationToken cancellationToken) =>
        File.WriteAllLinesAsync(path, Entries.Select(static entry => JsonSerializer.Serialize(entry, JsonSerializerOptions.Web)), cancellationToken);
}
