using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Tests.Health;

/// <summary>The checks of pages and ports, against sockets that answer what a test says.</summary>
public sealed class TargetHealthCheckTests : IDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly List<string> _requests = [];
    private readonly CancellationTokenSource _end = new();

    public TargetHealthCheckTests() => _server.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_server.LocalEndpoint).Port;

    [Theory]
    [InlineData("200 OK", HealthStatus.Healthy, null)]
    [InlineData("204 No Content", HealthStatus.Healthy, null)]
    [InlineData("503 Service Unavailable", HealthStatus.Degraded, "It answers 503.")]
    [InlineData("302 Found\r\nLocation: http://127.0.0.1:1/", HealthStatus.Degraded, "It answers 302, and redirects aren't followed.")]
    public async Task A_page_is_well_when_it_answers_with_success(string answer, HealthStatus status, string? description)
    {
        Answer($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        using var check = new HttpHealthCheck(new($"http://127.0.0.1:{Port}/health"));

        var result = await RunAsync(check);

        Assert.Equal((status, description), (result.Status, result.Description));
        Assert.Single(_requests);
    }

    [Fact]
    public async Task A_page_is_asked_without_cookies_or_traces_and_its_body_is_not_read()
    {
        Answer("HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\nContent-Length: 100000000000\r\n\r\nand so on");
        using var check = new HttpHealthCheck(new($"http://127.0.0.1:{Port}/health"));

        Assert.Equal(HealthStatus.Healthy, (await RunAsync(check)).Status);
        Assert.Equal(HealthStatus.Healthy, (await RunAsync(check)).Status);

        Assert.Equal(2, _requests.Count);
        Assert.All(_requests, static request => Assert.DoesNotContain("traceparent", request, StringComparison.OrdinalIgnoreCase));
        Assert.All(_requests, static request => Assert.DoesNotContain("Cookie", request, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_page_that_nobody_serves_is_not_well()
    {
        var nobody = new Uri($"http://127.0.0.1:{Port}/health");
        _server.Stop();
        using var check = new HttpHealthCheck(nobody);

        var result = await RunAsync(check);

        Assert.Equal((HealthStatus.Degraded, "It doesn't answer: ConnectionError."), (result.Status, result.Description));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/")]
    [InlineData("/health")]
    public void Only_pages_are_asked(string address) =>
        Assert.StartsWith($"The address to check is {address}", Assert.Throws<ArgumentException>(() => new HttpHealthCheck(new(address, UriKind.RelativeOrAbsolute))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")] // has an address of each family; only one is listened on
    public async Task A_port_is_well_when_it_takes_connections(string host)
    {
        Assert.Equal(HealthStatus.Healthy, (await RunAsync(new TcpHealthCheck(host, Port))).Status);

        var port = Port;
        _server.Stop();
        var result = await RunAsync(new TcpHealthCheck(host, port));
        Assert.Equal((HealthStatus.Degraded, "It takes no connection: ConnectionRefused."), (result.Status, result.Description));
    }

    [Fact]
    public async Task A_check_of_a_port_leaves_no_connection_open()
    {
        await RunAsync(new TcpHealthCheck("127.0.0.1", Port));

        using var accepted = await _server.AcceptSocketAsync(Token);
        Assert.Equal(0, await accepted.ReceiveAsync(new byte[1], Token)); // closed
    }

    public void Dispose()
    {
        _end.Cancel();
        _server.Dispose();
        _end.Dispose();
    }

    private static Task<HealthCheckResult> RunAsync(IHealthCheck check) => check.CheckHealthAsync(
        new() { Registration = new("target", check, HealthStatus.Degraded, tags: null) }, Token);

    private void Answer(string answer) => _ = Task.Run(async () =>
    {
        while (!_end.IsCancellationRequested)
        {
            using var client = await _server.AcceptSocketAsync(_end.Token);
            var buffer = new byte[4096];
            var read = await client.ReceiveAsync(buffer, _end.Token);
            _requests.Add(Encoding.ASCII.GetString(buffer, 0, read));
            await client.SendAsync(Encoding.ASCII.GetBytes(answer), _end.Token);
        }
    });
}
