using Microsoft.Extensions.Time.Testing;

namespace Resilience.Redis.Tests;

public sealed class MemoryBoardTests : PeerBoardSpecification
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryBoard _board;

    public MemoryBoardTests() => _board = new(_time);

    private protected override Task<IReadOnlyList<PeerAnswer>> ExchangeAsync(string node, params PeerReport[] reports) =>
        _board.ExchangeAsync(node, Holds, reports);

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
