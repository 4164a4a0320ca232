using AppHost.Start;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AppHost.Tests.Start;

public sealed class StartReportTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly ResourceWatch _watch;
    private readonly ContainerResource _postgres = new("postgres");
    private readonly ProjectResource _orders = new("orders");
    private readonly ProjectResource _gateway = new("gateway");
    private readonly StartReport _report;

    public StartReportTests()
    {
        _watch = new(notifications: null!, _clock);
        _orders.Annotations.Add(new ReplicaAnnotation(2));
        _orders.Annotations.Add(new WaitAnnotation(_postgres, WaitType.WaitUntilHealthy));
        _report = new(
            [_postgres, _orders, _gateway],
            _watch,
            static (_, _) => Task.FromResult<IReadOnlyList<string>>(["Unhandled exception", "No disk"]),
            [new("Dashboard", static () => "http://localhost:15080/login?t=abc"), new("Gateway", static () => "http://localhost:5080", _gateway, static url => $"curl -s {url}")],
            _output,
            new Style(colours: false),
            _clock,
            _clock.GetTimestamp());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_is_said_once_every_replica_is_healthy_with_the_addresses()
    {
        await ChangeAsync(_postgres, "postgres-1", "Running", HealthStatus.Healthy, after: 500);
        await ChangeAsync(_gateway, "gateway-1", "Running", HealthStatus.Healthy);
        await ChangeAsync(_orders, "orders-1", "Running", HealthStatus.Healthy, after: 700);
        Assert.Equal("", _output.ToString());
        await ChangeAsync(_orders, "orders-2", "Running", HealthStatus.Unhealthy);
        Assert.Equal("", _output.ToString());
        await ChangeAsync(_orders, "orders-2", "Running", HealthStatus.Healthy, after: 100);

        Assert.Equal(
            """
            Ready in 1.3 s     (Ctrl+C stops everything)
              Dashboard   http://localhost:15080/login?t=abc
              Gateway     http://localhost:5080      try: curl -s http://localhost:5080

            """,
            _output.ToString());
    }

    [Fact]
    public async Task A_gateway_that_failed_is_named_with_its_last_lines_and_nothing_is_said_to_try()
    {
        await ChangeAsync(_postgres, "postgres-1", "Running", HealthStatus.Healthy);
        await ChangeAsync(_orders, "orders-1", "Running", HealthStatus.Healthy);
        await ChangeAsync(_orders, "orders-2", "Running", HealthStatus.Healthy);
        await ChangeAsync(_gateway, "gateway-1", "Finished", exitCode: 134, after: 2000);

        Assert.Equal(
            """
            ✗ gateway: Finished, exit code 134. Its last lines (all of them: dotnet aspire logs gateway):
                Unhandled exception
                No disk
            Up after 2.0 s, without gateway     (Ctrl+C stops everything)
              Dashboard   http://localhost:15080/login?t=abc

            """,
            _output.ToString());
    }

    [Fact]
    public async Task What_waits_for_a_resource_that_failed_does_not_hold_the_block_back()
    {
        await ChangeAsync(_gateway, "gateway-1", "Running", HealthStatus.Healthy);
        await ChangeAsync(_orders, "orders-1", "Waiting");
        await ChangeAsync(_postgres, "postgres-1", "FailedToStart");

        Assert.Contains("Up after 0.0 s, without postgres; waiting for that: orders", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_takes_too_long_says_what_it_waits_for()
    {
        await ChangeAsync(_postgres, "postgres-1", "Running", HealthStatus.Unhealthy, after: 30_000);

        _report.WriteWhatIsLate();

        Assert.Equal("Not ready after 30.0 s: postgres (Running, Unhealthy), orders (not created), gateway (not created).\n", _output.ToString());
    }

    [Fact]
    public async Task After_the_block_each_end_and_each_return_is_one_line()
    {
        await Ready_is_said_once_every_replica_is_healthy_with_the_addresses();
        _output.GetStringBuilder().Clear();

        await ChangeAsync(_orders, "orders-2", "Finished", exitCode: 137, after: 1000);
        await ChangeAsync(_orders, "orders-2", "Finished", exitCode: 137);
        await ChangeAsync(_orders, "orders-2", "Running", HealthStatus.Unhealthy);
        await ChangeAsync(_orders, "orders-2", "Running", HealthStatus.Healthy, after: 1000);
        await ChangeAsync(_orders, "orders-2", "Running", HealthStatus.Unhealthy, after: 1000);

        Assert.Equal(
            """
            12:00:02  orders-2 has ended with exit code 137   dotnet aspire logs orders
            12:00:03  orders-2 is healthy
            12:00:04  orders-2 is unhealthy

            """,
            _output.ToString());
    }

    [Fact]
    public async Task A_change_that_the_block_has_told_is_not_told_again()
    {
        _watch.Observe(new(_postgres, "postgres-1", "Running", HealthStatus.Healthy));
        _watch.Observe(new(_gateway, "gateway-1", "Running", HealthStatus.Healthy));
        _watch.Observe(new(_orders, "orders-1", "Running", HealthStatus.Healthy));
        _watch.Observe(new(_orders, "orders-2", "Running", HealthStatus.Healthy));

        await _report.OnChangeAsync(_postgres, "postgres-1", Token);
        await _report.OnChangeAsync(_orders, "orders-2", Token);

        Assert.Contains("Ready in", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("is healthy", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _output.Dispose();
        _watch.Dispose();
    }

    private async Task ChangeAsync(IResource resource, string instance, string state, HealthStatus? health = null, int? exitCode = null, int after = 0)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(after));
        _watch.Observe(new(resource, instance, state, health, exitCode));
        await _report.OnChangeAsync(resource, instance, Token);
    }
}
