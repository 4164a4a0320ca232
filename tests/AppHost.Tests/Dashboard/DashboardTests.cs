using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AppHost.Tests.Hosted;
using Microsoft.Playwright;
using Xunit;

namespace AppHost.Tests.Dashboard;

/// <summary>What a person sees in the dashboard, in a real browser, from the start of the shop to the trace of an order under a fault.</summary>
[Collection(ShopAlone.Name)]
public sealed class DashboardTests : IDisposable
{
    private const int Patience = 30_000; // ms, of a browser on a small machine with a whole shop
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(5); // forty looks of the relays, and some of each health check
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _settledWithin = TimeSpan.FromMinutes(1);
    private readonly string _data = Directory.CreateTempSubdirectory("shop-").FullName;
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_dashboard_shows_a_healthy_shop_a_fault_and_the_trace_of_an_order_under_it()
    {
        var program = Chromium.Find();
        Assert.SkipWhen(program is null, Chromium.IsMissing);
        using var shop = AppHostProcess.Start([$"--Stores:Data={_data}"]);
        await shop.UntilItSaysAsync("Ready in");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.LaunchAsync(playwright, program!);
        await using var context = await browser.NewContextAsync(new() { ColorScheme = ColorScheme.Light, Locale = "en-US", ViewportSize = new() { Width = 1440, Height = 900 } });
        context.SetDefaultTimeout(Patience);
        Assertions.SetDefaultExpectTimeout(Patience);
        var page = await context.NewPageAsync();
        var dashboard = new DashboardPages(page, shop.Dashboard);
        var pictures = new Pictures(page);

        await dashboard.LogInAsync();
        await ShowsAHealthyShopAsync(page, dashboard);
        await pictures.TakeAsync("resources.png");
        await ShowsNoErrorAndNoTraceAsync(page, dashboard);

        // The first order, and then nothing: polls, health checks and the warm-up make no trace.
        var first = await OrderAsync(shop);
        Assert.True(first.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted);
        await Assertions.Expect(dashboard.Traces().Filter(new() { HasText = "POST /api/orders" })).ToHaveCountAsync(1);
        await Task.Delay(_idle, Token);
        Assert.All(await dashboard.Traces().AllInnerTextsAsync(), static trace => Assert.Matches("gateway: POST /api/orders|orders: relay order", trace));

        // The fault: from a settled shop, so that no breaker is open.
        await IsConfirmedAsync(new Uri(shop.Gateway, first.Location));
        await dashboard.OpenAsync("/");
        var commands = await dashboard.OpenCommandsAsync("inventory");
        foreach (var command in (string[])["Slow", "Fail", "Cut", "Burn CPU", "Heal"])
        {
            await Assertions.Expect(commands(command)).ToBeVisibleAsync();
            await Assertions.Expect(commands(command).Locator("[slot='start'] svg")).ToBeVisibleAsync(); // an icon that doesn't exist shows as nothing
        }

        await pictures.TakeAsync("fault.png");
        await commands("Slow").ClickAsync();
        await Assertions.Expect(page.GetByText("inventory \"Slow\" succeeded").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Notifications" }).ClickAsync();
        await Assertions.Expect(page.GetByText("inventory: done on its one instance.").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).Last.ClickAsync();

        var placed = await OrderAsync(shop);
        Assert.Equal(HttpStatusCode.Accepted, placed.StatusCode);
        await dashboard.RunAsync("inventory", "Heal");
        await IsConfirmedAsync(new Uri(shop.Gateway, placed.Location));

        await ShowsTheOrderUnderTheFaultAsync(page, dashboard);
        await pictures.TakeAsync("trace.png");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private static async Task ShowsAHealthyShopAsync(IPage page, DashboardPages dashboard)
    {
        foreach (var resource in (string[])["cache", "postgres", "inventorydb", "ordersdb", "gateway", "inventory"])
        {
            await Assertions.Expect(dashboard.RunningRows(resource)).ToHaveCountAsync(1);
        }

        await Assertions.Expect(dashboard.RunningRows("orders")).ToHaveCountAsync(2);
        await Assertions.Expect(page).ToHaveTitleAsync("Resilience.Aspire resources");
        await Assertions.Expect(page.GetByText("8 resources")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { NameRegex = DashboardPages.Pattern("error log") })).ToHaveCountAsync(0);
        foreach (var url in (string[])["API reference", "Products", "Patterns at work"])
        {
            await Assertions.Expect(dashboard.RunningRows("gateway").GetByRole(AriaRole.Link, new() { Name = url })).ToBeVisibleAsync();
        }

        // Words instead of addresses that answer nothing, and the stores' programs instead of what starts them.
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { NameRegex = DashboardPages.Pattern("^http://") })).ToHaveCountAsync(0);
        await Assertions.Expect(dashboard.RunningRows("postgres").GetByRole(AriaRole.Gridcell, new() { NameRegex = DashboardPages.Pattern("^\\S*postgres -D ") })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Gridcell, new() { NameRegex = DashboardPages.Pattern("env -i ") })).ToHaveCountAsync(0);
    }

    private static async Task ShowsNoErrorAndNoTraceAsync(IPage page, DashboardPages dashboard)
    {
        await dashboard.OpenAsync("/structuredlogs");
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { NameRegex = DashboardPages.Pattern("^gateway ") }).First).ToBeVisibleAsync(); // so the logs do come
        await dashboard.OpenAsync("/structuredlogs?logLevel=error");
        await Assertions.Expect(page.GetByText("No structured logs found")).ToBeVisibleAsync();
        await dashboard.OpenAsync("/traces");
        await Assertions.Expect(page.GetByText("No traces found")).ToBeVisibleAsync();
    }

    private static async Task ShowsTheOrderUnderTheFaultAsync(IPage page, DashboardPages dashboard)
    {
        await dashboard.OpenAsync("/traces");
        var orders = dashboard.Traces().Filter(new() { HasText = "POST /api/orders" });
        await Assertions.Expect(orders).ToHaveCountAsync(2);
        await orders.Last.GetByText("POST /api/orders").ClickAsync();

        // The services that take part, and what they do.
        foreach (var span in (string[])["gateway: POST /api/orders", "orders-\\w+: POST /orders", "orders-\\w+: INSERT orders Outgoing call to ordersdb"])
        {
            await Assertions.Expect(dashboard.Spans(span)).ToHaveCountAsync(1);
        }

        // The second attempt says that it is one, how long it was held back, and how long it may take.
        var attempts = dashboard.Spans("orders-\\w+: HTTP PUT");
        await Assertions.Expect(attempts.Nth(1)).ToBeVisibleAsync();
        var attribute = await dashboard.OpenSpanAsync(attempts.Nth(1));
        await Assertions.Expect(attribute("http.request.resend_count", "1")).ToBeVisibleAsync();
        await Assertions.Expect(attribute("resilience.retry.pause", "0")).ToBeVisibleAsync();
        await Assertions.Expect(attribute("resilience.deadline.budget", "\\d")).ToBeVisibleAsync();

        // What inventory served says which fault made it late, and that its time ran out.
        attribute = await dashboard.OpenSpanAsync(dashboard.Spans("inventory: PUT /reservations/").First);
        await Assertions.Expect(attribute("resilience.fault.name", "slow")).ToBeVisibleAsync();
        await Assertions.Expect(attribute("resilience.fault.kind", "latency")).ToBeVisibleAsync();
        await Assertions.Expect(attribute("resilience.deadline.budget", "\\d")).ToBeVisibleAsync();
        await Assertions.Expect(attribute("resilience.deadline.expired", "request")).ToBeVisibleAsync();
        await page.Mouse.MoveAsync(400, 850); // away from the rows, which show more under the pointer
    }

    private async Task<(HttpStatusCode StatusCode, Uri Location)> OrderAsync(AppHostProcess shop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(shop.Gateway, "/api/orders"))
        {
            Content = JsonContent.Create(new { lines = new[] { new { sku = "SKU-0001", quantity = 1 } } }),
        };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        using var response = await _http.SendAsync(request, Token);
        return (response.StatusCode, response.Headers.Location ?? throw new InvalidOperationException(await response.Content.ReadAsStringAsync(Token)));
    }

    private async Task IsConfirmedAsync(Uri order)
    {
        using var within = CancellationTokenSource.CreateLinkedTokenSource(Token);
        within.CancelAfter(_settledWithin);
        while ((await _http.GetFromJsonAsync<JsonElement>(order, within.Token)).GetProperty("status").GetString() != "Confirmed")
        {
            await Task.Delay(_lookEvery, within.Token);
        }
    }
}
