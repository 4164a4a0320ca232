using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Lab.Conservation;
using Lab.Running;

namespace Chaos.Tests.Experiments;

/// <summary>A shop without processes: it confirms every order at once, unless the test says otherwise.</summary>
internal sealed class ScriptedShop : HttpMessageHandler, IShop
{
    private readonly Dictionary<string, OrderRow> _byKey = new(StringComparer.Ordinal);
    private readonly List<(OrderRow Order, IReadOnlyList<OrderLineRow> Lines)> _orders = [];

    public ScriptedShop() => Gateway = new(this, disposeHandler: false) { BaseAddress = new("http://gateway.test") };

    /// <summary>Gets or sets what an order is answered with.</summary>
    public HttpStatusCode Answer { get; set; } = HttpStatusCode.Created;

    /// <summary>Gets or sets how many orders the relay leaves behind.</summary>
    public long OutboxRows { get; set; }

    /// <summary>Gets or sets a value indicating whether confirmed orders are forgotten.</summary>
    public bool LosesOrders { get; set; }

    /// <summary>Gets what was done to the parts, in order.</summary>
    public List<string> Done { get; } = [];

    public HttpClient Gateway { get; }

    public HttpClient Inventory => Gateway;

    public HttpClient FaultProxy => Gateway;

    public HttpClient ConnectTo(string instance) => new(this, disposeHandler: false) { BaseAddress = Gateway.BaseAddress };

    public IReadOnlyList<string> InstancesOf(string part) => [part];

    public int ProcessIdOf(string part) => 1;

    public Task KillAsync(string part, CancellationToken cancellationToken) => Do($"kill {part}");

    public Task StartAsync(string part, CancellationToken cancellationToken) => Do($"start {part}");

    public Task RestartAsync(string part, CancellationToken cancellationToken, params (string Name, string Value)[] environment) => Do($"restart {part}");

    public Task UntilHealthyAsync(string part, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PauseAsync(string part, CancellationToken cancellationToken) => Do($"pause {part}");

    public Task ResumeAsync(string part, CancellationToken cancellationToken) => Do($"resume {part}");

    public Task<IAsyncDisposable> LockStockAsync(string sku, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IReadOnlyList<ServedRequest> RequestsTo(string service) => [];

    public Task<ShopState> ReadStateAsync(CancellationToken cancellationToken)
    {
        lock (_orders)
        {
            return Task.FromResult(new ShopState(
                Stock: [],
                Ledger: [.. from order in _orders from line in order.Lines select new LedgerRow { Ref = line.OrderId, Sku = line.Sku, Reason = "sale", AvailableDelta = -line.Quantity, ReservedDelta = 0, SoldDelta = line.Quantity }],
                Orders: [.. _orders.Select(static order => order.Order)],
                Lines: [.. _orders.SelectMany(static order => order.Lines)],
                OverdueReservations: [],
                OutboxRows));
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Answer is not HttpStatusCode.Created)
        {
            return new(Answer) { Content = new StringContent("{}") };
        }

        var body = await request.Content!.ReadFromJsonAsync<JsonElement>(cancellationToken);
        var key = request.Headers.GetValues("Idempotency-Key").Single();
        OrderRow order;
        lock (_orders)
        {
            // A key that comes again has the same order: the end of the load may have cut its first answer off.
            var isNew = !_byKey.TryGetValue(key, out var known);
            order = known ?? new OrderRow { Id = Guid.NewGuid(), Client = "client", Status = "Confirmed", Total = 1, Key = key };
            _byKey[key] = order;
            if (isNew && !LosesOrders)
            {
                _orders.Add((order, [.. body.GetProperty("lines").EnumerateArray().Select(line => new OrderLineRow
                {
                    OrderId = order.Id,
                    Sku = line.GetProperty("sku").GetString()!,
                    Quantity = line.GetProperty("quantity").GetInt32(),
                })]));
            }
        }

        return new(HttpStatusCode.Created) { Content = JsonContent.Create(new { id = order.Id, status = order.Status, total = order.Total }) };
    }

    private Task Do(string what)
    {
        Done.Add(what);
        return Task.CompletedTask;
    }
}
