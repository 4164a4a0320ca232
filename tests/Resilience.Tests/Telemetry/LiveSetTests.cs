using System.Runtime.CompilerServices;
using Resilience.Telemetry;
using Xunit;

namespace Resilience.Tests.Telemetry;

public sealed class LiveSetTests
{
    private readonly LiveSet<object> _set = new();

    [Fact]
    public void Lists_its_members_in_the_order_in_which_they_were_added_until_they_are_taken_out()
    {
        object[] members = [.. Enumerable.Range(0, 100)];
        Array.ForEach(members, _set.Add);
        Assert.Equal(members, _set.Snapshot());

        _set.Remove(members[50]);

        Assert.Equal(members.Where((_, index) => index != 50), _set.Snapshot());
        GC.KeepAlive(members);
    }

    [Fact]
    public void Keeps_nothing_alive_and_forgets_the_dead_however_many_they_were()
    {
        AddAndForget();
        GC.Collect();
        var alive = new object();

        _set.Add(alive);

        Assert.Same(alive, Assert.Single(_set.Snapshot()));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddAndForget()
    {
        for (var member = 0; member < 100_000; member++)
        {
            _set.Add(new object()); // in linear time, or this would take minutes
        }
    }
}
