using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Resilience.Attributes;
using Resilience.Bulkheads;
using Xunit;

namespace Resilience.Generators.Tests;

public sealed class DecoratorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeShop _service = new();
    private readonly IShop _shop;

    public DecoratorTests() => _shop = new ResilientShop(_service, new(new ProtectionContext { TimeProvider = _time }));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_attempt_is_made_again_with_the_same_arguments()
    {
        _service.Fail = static call => call < 3 ? new IOException() : null;

        Assert.Equal(300, await _shop.PriceAsync("tea", Token, 3));

        Assert.Equal(3, _service.Calls);
        Assert.Equal(["tea", 3, "tea", 3, "tea", 3], _service.Seen.Where(static seen => seen is not CancellationToken));
    }

    [Fact]
    public async Task A_default_value_is_the_interfaces_own() => Assert.Equal(100, await _shop.PriceAsync("tea", Token));

    [Fact]
    public async Task The_last_failure_comes_through_as_it_was_thrown()
    {
        _service.Fail = static call => new IOException($"call {call}");

        var failure = await Assert.ThrowsAsync<IOException>(() => _shop.PriceAsync("tea", Token));

        Assert.Equal("call 3", failure.Message);
        Assert.Contains(nameof(FakeShop.PriceAsync), failure.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_method_has_a_breaker_of_its_own_from_the_attribute_on_the_interface()
    {
        _service.Fail = static _ => new IOException();
        for (var call = 0; call < 3; call++)
        {
            await Assert.ThrowsAsync<IOException>(async () => await _shop.FindAsync("tea", Token));
        }

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(async () => await _shop.FindAsync("tea", Token));
        await Assert.ThrowsAsync<IOException>(_shop.PagesAsync); // another method, and one that is inherited
    }

    [Fact]
    public async Task Instances_share_the_breakers()
    {
        var pipelines = new ResilientShop.Pipelines(new() { TimeProvider = _time });
        _service.Fail = static _ => new IOException();
        for (var call = 0; call < 3; call++)
        {
            await Assert.ThrowsAsync<IOException>(() => ((ICatalogue)new ResilientShop(_service, pipelines)).PagesAsync());
        }

        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => ((ICatalogue)new ResilientShop(_service, pipelines)).PagesAsync());
    }

    [Fact]
    public async Task An_inherited_method_keeps_its_own_attributes_and_gets_those_of_the_interface_that_inherits_it()
    {
        var end = new TaskCompletionSource();
        var first = _shop.PrintAsync(end.Task);

        await Assert.ThrowsAsync<BulkheadRejectedException>(async () => await _shop.PrintAsync(Task.CompletedTask));

        end.SetResult();
        await first;
    }

    [Fact]
    public async Task A_fallback_answers_with_the_failure_in_hand()
    {
        var failure = new IOException();
        _service.Fail = _ => failure;

        Assert.Equal(-1, await _shop.StockAsync("tea"));

        Assert.Equal(["tea", failure], _service.Seen);
    }

    [Fact]
    public async Task A_fallback_stands_outside_everything_and_so_answers_for_an_open_breaker()
    {
        _service.Fail = static _ => new IOException();
        for (var call = 0; call < 4; call++)
        {
            Assert.Equal(-1, await _shop.StockAsync("tea"));
        }

        Assert.Equal(3, _service.Calls);
        Assert.IsType<BrokenCircuitException>(_service.Seen[^1], exactMatch: false);
    }

    [Fact]
    public async Task A_caller_that_gives_up_gets_its_own_cancellation()
    {
        using var caller = new CancellationTokenSource();
        var restock = _shop.RestockAsync(caller.Token);

        await caller.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restock);
        Assert.Equal(caller.Token, cancelled.CancellationToken);
        Assert.Equal(1, _service.Calls);
    }

    [Fact]
    public async Task A_time_out_of_an_attempt_ends_the_attempt_and_is_tried_again()
    {
        var count = _shop.CountAsync(Token).AsTask();
        await _service.Entered.WaitAsync(Token);

        _time.Advance(TimeSpan.FromSeconds(1.1));
        await _service.Entered.WaitAsync(Token); // the second attempt, whose timer starts at any moment from now on
        while (!count.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        var timeout = await Assert.ThrowsAnyAsync<TimeoutRejectedException>(() => count);
        Assert.Equal(TimeSpan.FromSeconds(1), timeout.Timeout);
        Assert.Equal(2, _service.Calls);
    }

    [Fact]
    public async Task A_failure_before_the_first_await_is_a_failure_like_any_other()
    {
        _service.Fail = static call => call == 1 ? new IOException() : null; // thrown by the call itself, not by what it returns

        Assert.Equal(-1, await _shop.StockAsync("tea"));
    }

    [Fact]
    public async Task A_generic_method_keeps_its_type()
    {
        Assert.Equal("tea", await _shop.FindAsync("tea", Token));
        Assert.Null(await _shop.FindAsync<Version>(null, Token));
        Assert.Equal([typeof(string), "tea", typeof(Version), null], _service.Seen);
    }

    [Fact]
    public void What_is_not_protected_is_passed_on()
    {
        var offset = 4;
        var changes = 0;

        Assert.Equal(5, _shop.Count(ref offset));
        Assert.Equal(5, offset);
        _shop.Name = "market";
        Assert.Equal("market", _service.Name);
        _shop.Changed += (_, _) => changes++;
        _service.Change();
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task Configuration_has_the_last_word()
    {
        var asked = new List<string>();
        IShop shop = new ResilientShop(_service, new(new ProtectionContext
        {
            ReadSetting = key =>
            {
                asked.Add(key);
                return key == "Resilience:Methods:IShop.PriceAsync:Retry:MaxRetryAttempts" ? "0" : null;
            },
        }));
        _service.Fail = static _ => new IOException();

        await Assert.ThrowsAsync<IOException>(() => shop.PriceAsync("tea", Token));

        Assert.Equal(1, _service.Calls);
        Assert.Contains("Resilience:Methods:IShop.PagesAsync:CircuitBreaker:BreakDuration", asked);
    }

    [Fact]
    public void A_setting_that_can_not_be_read_names_its_key()
    {
        var unreadable = Assert.Throws<FormatException>(() => new ResilientShop.Pipelines(new()
        {
            ReadSetting = static key => key.EndsWith("PriceAsync:Retry:Delay", StringComparison.Ordinal) ? "soon" : null,
        }));

        Assert.Equal(
            "Resilience:Methods:IShop.PriceAsync:Retry:Delay is 'soon'. "
            + "Write a number with its unit, such as \"250ms\", \"2s\", \"1.5m\" or \"1h\", or a time such as \"00:00:02\".",
            unreadable.Message);
    }
}
