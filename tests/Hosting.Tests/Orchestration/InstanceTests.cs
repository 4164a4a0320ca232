using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Orchestration;
using LocalRunner.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class InstanceTests : IDisposable
{
    private readonly ResourceNotificationService _notifications = new();
    private readonly Scripted _store = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly Instance _instance;

    public InstanceTests()
    {
        var cache = new RedisResource("cache");
        _notifications.Register(cache, "cache");
        _instance = new(cache, "cache", _store, _notifications, _clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task State_and_health_are_told_apart()
    {
        _store.Answers = [() => false];

        Assert.True(await _instance.StartAsync(Token));

        Assert.Equal(new CustomResourceSnapshot { State = new("Running"), HealthStatus = HealthStatus.Unhealthy }, _instance.Snapshot);
    }

    [Fact]
    public async Task Becomes_healthy_at_the_next_look()
    {
        _store.Answers = [() => false, () => true];
        await _instance.StartAsync(Token);

        var healthy = _notifications.WaitForResourceHealthyAsync("cache", Token);
        _clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal("cache", (await healthy).ResourceId);
    }

    [Fact]
    public async Task What_cannot_be_prepared_has_failed_to_start_with_the_reason_as_its_last_line()
    {
        _store.Refusal = new LocalRunnerException("There is no Redis. Install it.");

        Assert.False(await _instance.StartAsync(Token));

        Assert.Equal("FailedToStart", _instance.Snapshot.State.Text);
        Assert.Equal("There is no Redis. Install it.", _instance.Output.Snapshot()[^1].Text);
    }

    [Fact]
    public async Task What_waiting_will_not_mend_is_not_waited_for()
    {
        _store.Answers = [() => throw new LocalRunnerException("It refuses the password. Correct it.")];
        await _instance.StartAsync(Token);

        await _notifications.WaitForResourceAsync("cache", KnownResourceStates.FailedToStart, Token);

        Assert.Equal("It refuses the password. Correct it.", _instance.Output.Snapshot()[^1].Text);
    }

    [Fact]
    public async Task Can_be_started_again_after_its_end()
    {
        _store.Answers = [() => true];
        await _instance.StartAsync(Token);
        await _instance.StopAsync(TimeSpan.FromSeconds(1));
        Assert.Equal("Exited", _instance.Snapshot.State.Text);

        await _instance.StartAsync(Token);

        Assert.Equal(("Running", 2), (_instance.Snapshot.State.Text, _store.Starts));
    }

    [Fact]
    public async Task Waiting_for_the_health_of_what_has_ended_ends_at_once_and_says_so()
    {
        _store.Answers = [() => true];
        await _instance.StartAsync(Token);
        await _instance.KillAsync();

        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => _notifications.WaitForResourceHealthyAsync("cache", Token));

        Assert.Equal("cache is Exited, so there is no use in waiting for it. Read its output, mend it and start it again.", refusal.Message);
    }

    [Fact]
    public async Task Waiting_for_a_name_that_nothing_has_says_which_names_there_are()
    {
        var refusal = await Assert.ThrowsAsync<LocalRunnerException>(() => _notifications.WaitForResourceHealthyAsync("cash", Token));

        Assert.Equal("There is no resource called 'cash'. The application has: cache.", refusal.Message);
    }

    public void Dispose() => _instance.Dispose();

    // A store without a process, as one that was given: answers in the given order, then keeps giving the last answer.
    private sealed class Scripted : IRunnable
    {
        private int _looks;

        public Func<bool>[] Answers { get; set; } = [];

        public LocalRunnerException? Refusal { get; set; }

        public int Starts { get; private set; }

        public Task PrepareAsync(Action<OutputLine> output, CancellationToken cancellationToken) => Refusal is null ? Task.CompletedTask : Task.FromException(Refusal);

        public ChildProcess? Start(Action<OutputLine> output)
        {
            Starts++;
            return null;
        }

        public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken) =>
            await Task.FromResult(Answers[Math.Min(_looks++, Answers.Length - 1)]());
    }
}
