using Resilience.Attributes;

namespace Resilience.Generators.Tests;

/// <summary>An interface whose decorator is really generated, into this assembly, and called by the tests.</summary>
[CircuitBreaker(ConsecutiveFailures = 3, BreakDuration = "10s", RampDuration = "0s", ProbeCount = 1, RequiredProbeSuccesses = 1)]
public interface IShop : ICatalogue
{
    event EventHandler? Changed;

    string Name { get; set; }

    [Retry(2, Delay = "0ms")]
    Task<int> PriceAsync(string sku, CancellationToken cancellationToken, int quantity = 1);

    [Fallback(nameof(CachedStockAsync))]
    ValueTask<int> StockAsync(string sku);

    [Unprotected]
    ValueTask<int> CachedStockAsync(Exception failure, string sku);

    Task RestockAsync(CancellationToken cancellationToken);

    [Timeout("1h", PerAttempt = "1s")]
    [Retry(1, Delay = "0ms")]
    ValueTask<int> CountAsync(CancellationToken cancellationToken);

    ValueTask<T?> FindAsync<T>(T? similar, CancellationToken cancellationToken)
        where T : class;

    [Unprotected]
    int Count(ref int offset);
}

public interface ICatalogue
{
    Task<int> PagesAsync();

    [Bulkhead(1)]
    ValueTask PrintAsync(Task until);
}

/// <summary>Does what it is told by the test, and keeps count.</summary>
internal sealed class FakeShop : IShop
{
    public event EventHandler? Changed;

    public Func<int, Exception?> Fail { get; set; } = static _ => null;

    public int Calls { get; private set; }

    public SemaphoreSlim Entered { get; } = new(0);

    public List<object?> Seen { get; } = [];

    public string Name { get; set; } = "corner";

    public async Task<int> PriceAsync(string sku, CancellationToken cancellationToken, int quantity = 1)
    {
        await Task.Yield();
        Answer(sku, quantity, cancellationToken);
        return 100 * quantity;
    }

    public ValueTask<int> StockAsync(string sku)
    {
        Answer(sku);
        return new(5);
    }

    public ValueTask<int> CachedStockAsync(Exception failure, string sku)
    {
        Seen.Add(failure);
        return new(-1);
    }

    public Task RestockAsync(CancellationToken cancellationToken)
    {
        Answer(cancellationToken);
        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public async ValueTask<int> CountAsync(CancellationToken cancellationToken)
    {
        Answer(cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return 0;
    }

    public ValueTask<T?> FindAsync<T>(T? similar, CancellationToken cancellationToken)
        where T : class
    {
        Answer(typeof(T), similar);
        return new(similar);
    }

    public int Count(ref int offset) => ++offset;

    public Task<int> PagesAsync()
    {
        Answer();
        return Task.FromResult(7);
    }

    public async ValueTask PrintAsync(Task until)
    {
        Answer();
        await until;
    }

    public void Change() => Changed?.Invoke(this, EventArgs.Empty);

    private void Answer(params object?[] seen)
    {
        Calls++;
        Seen.AddRange(seen);
        Entered.Release();
        if (Fail(Calls) is { } failure)
        {
            throw failure;
        }
    }
}
