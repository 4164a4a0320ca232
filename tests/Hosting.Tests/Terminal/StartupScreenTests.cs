using LocalRunner.ApplicationModel;
using LocalRunner.Processes;
using LocalRunner.Terminal;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Hosting.Tests.Terminal;

public sealed class StartupScreenTests : IDisposable
{
    private static readonly string[] _lines = ["Unhandled exception", "\x1b[31mNo disk\x1b[0m"];

    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly PostgresServerResource _postgres = new("postgres");
    private readonly ProjectResource _orders = new("orders") { Annotations = { new ReplicaAnnotation(2) } };
    private readonly StartupScreen _screen;

    public StartupScreenTests() => _screen = new(
        _output,
        new Style(colours: false),
        [_postgres, new PostgresDatabaseResource("db", "db", _postgres), _orders],
        static _ => [.. _lines.Select(static text => new OutputLine(default, IsError: true, text))],
        static () => ["   Gateway   http://localhost:5080"],
        _clock);

    [Fact]
    public void Each_resource_shows_its_time_once_all_its_replicas_are_healthy_and_then_all_is_ready()
    {
        Change(_postgres, "postgres", "Starting", 0);
        Change(_postgres, "postgres", "Running", 500, HealthStatus.Healthy);
        Change(_orders, "orders-0", "Running", 100, HealthStatus.Healthy);
        Change(_orders, "orders-1", "Running", 0, HealthStatus.Unhealthy);
        Change(_orders, "orders-1", "Running", 700, HealthStatus.Healthy);

        Assert.Equal(" postgres ● 0.5s  orders×2 ● 1.3s \n Ready in 1.3 s\n   Gateway   http://localhost:5080\n", _output.ToString());
    }

    [Fact]
    public void A_resource_that_fails_shows_its_last_lines_and_the_others_go_on()
    {
        Change(_orders, "orders-0", "FailedToStart", 200);
        Change(_orders, "orders-1", "FailedToStart", 0);
        Change(_postgres, "postgres", "Running", 300, HealthStatus.Healthy);

        Assert.Equal(
            """
             ✗ orders-0 failed to start. Its last lines:
               orders-0 | Unhandled exception
               orders-0 | No disk
             ✗ orders-1 failed to start. Its last lines:
               orders-1 | Unhandled exception
               orders-1 | No disk
             postgres ● 0.5s 
             Up after 0.5 s, without orders
               Gateway   http://localhost:5080

            """,
            _output.ToString());
    }

    [Fact]
    public void What_changes_afterwards_is_told_with_its_time()
    {
        Change(_postgres, "postgres", "Running", 0, HealthStatus.Healthy);
        Change(_orders, "orders-0", "Running", 0, HealthStatus.Healthy);
        Change(_orders, "orders-1", "Running", 0, HealthStatus.Healthy);
        _output.GetStringBuilder().Clear();

        Change(_orders, "orders-1", "Exited", 1000, exitCode: 137);
        Change(_postgres, "postgres", "Running", 1000, HealthStatus.Unhealthy);
        Change(_postgres, "postgres", "Running", 1000, HealthStatus.Healthy);

        Assert.Equal(
            " 12:00:01  orders-1 has ended with exit code 137\n 12:00:02  postgres is unhealthy\n 12:00:03  postgres is healthy\n", _output.ToString());
    }

    public void Dispose() => _output.Dispose();

    private void Change(IResource resource, string instance, string state, int afterMilliseconds, HealthStatus? health = null, int? exitCode = null)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(afterMilliseconds));
        _screen.OnChange(new(resource, instance, new() { State = new(state), HealthStatus = health, ExitCode = exitCode }));
    }
}
