using Resilience.Deadlines;
using Xunit;

namespace Resilience.Tests.Deadlines;

/// <summary>The code that the pattern's page quotes.</summary>
public sealed class DeadlineExampleTests
{
    private readonly TimeProvider _time = TimeProvider.System;

    [Fact]
    public void In_at_the_door_and_out_with_the_next_request()
    {
        var request = new Dictionary<string, string> { [DeadlineHeaders.ExpectedTimeout] = "2000" };
        var next = new Dictionary<string, string>();

        var given = DeadlineHeaders.Read(
            request.GetValueOrDefault(DeadlineHeaders.GrpcTimeout),
            request.GetValueOrDefault(DeadlineHeaders.ExpectedTimeout),
            minimum: TimeSpan.FromMilliseconds(50),
            maximum: TimeSpan.FromSeconds(10));
        using var scope = Deadline.Begin(given, _time);

        if (Deadline.Current is { } deadline && DeadlineHeaders.Write(deadline.Remaining) is { } left)
        {
            deadline.ThrowIfExpired();
            next[DeadlineHeaders.ExpectedTimeout] = left;
        }

        Assert.InRange(int.Parse(next[DeadlineHeaders.ExpectedTimeout], null), 1, 1900);
    }
}
