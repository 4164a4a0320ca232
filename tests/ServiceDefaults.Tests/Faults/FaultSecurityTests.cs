using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Resilience.Faults;
using Xunit;

namespace ServiceDefaults.Tests.Faults;

/// <summary>Who gets in: in Development, where it is enabled, from this machine, with the token; and nobody else anywhere.</summary>
public sealed class FaultSecurityTests
{
    private static readonly object _fault = new { kind = "status" };

    public static MatrixTheoryData<string, bool, string?, string?> Combinations => new(
        ["Development", "Staging", "Production"],
        [true, false],
        [FaultService.Token, "not-the-real-token", "", null],
        [null, "127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.7", "192.168.1.9", "203.0.113.5", "2001:db8::1"]);

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Every_combination_of_environment_switch_token_and_address(string environment, bool enabled, string? sent, string? remote)
    {
        await using var service = await FaultService.StartAsync(environment, enabled, remote: remote);

        using var put = await service.SendAsync(HttpMethod.Put, "/faults/any", _fault, sent);
        using var get = await service.SendAsync(HttpMethod.Get, "/faults", token: sent);
        using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null);

        var isThere = environment == "Development" && enabled;
        var isLocal = remote is null || IPAddress.IsLoopback(IPAddress.Parse(remote));
        var isKnown = sent == FaultService.Token;
        var (expected, seen) = !isThere ? (404, 404) : !isLocal ? (403, 403) : !isKnown ? (401, 401) : (201, 200);
        Assert.Equal((expected, seen), ((int)put.StatusCode, (int)get.StatusCode));
        Assert.Equal(expected == 201 ? 503 : 200, (int)look.StatusCode);
    }

    [Theory]
    [InlineData("Host", "evil.example")] // a name that its owner has resolve to this machine
    [InlineData("Host", "127.0.0.1.evil.example")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task A_page_of_somebody_elses_can_not_ask_by_way_of_a_browser_here(string header, string value)
    {
        await using var service = await FaultService.StartAsync();

        using var put = await service.SendAsync(HttpMethod.Put, "/faults/any", _fault, headers: (header, value));

        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
        Assert.Empty(service.Services.GetRequiredService<FaultGovernor>().List());
    }

    [Fact]
    public async Task A_copied_ServiceDefaults_has_nothing_of_it()
    {
        foreach (var environment in (string[])["Production", "Development"])
        {
            await using var service = await TestService.StartAsync(environment: environment);
            using var get = await service.SendAsync(HttpMethod.Get, "/faults");
            using var asked = await service.SendAsync(HttpMethod.Get, "/alive", headers: [("x-fault", "status"), ("x-fault-token", FaultService.Token)]);

            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (get.StatusCode, asked.StatusCode));
            Assert.Null(service.Services.GetService<FaultGovernor>());
        }
    }

    [Theory]
    [InlineData(null, "ServiceDefaults:Faults:Token is missing, without which ServiceDefaults:Faults:Enabled lets nobody in. Set it to a secret of at least 16 characters.")]
    [InlineData("short", "ServiceDefaults:Faults:Token has 5 characters, which must be at least 16.")]
    public void Enabled_without_a_proper_token_it_does_not_start(string? token, string line)
    {
        var app = TestService.Build(
            environment: "Development",
            settings: [("ServiceDefaults:Faults:Enabled", "true"), .. token is null ? ((string, string)[])[] : [("ServiceDefaults:Faults:Token", token)]]);

        Assert.Equal([line], Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate()).Failures);
    }

    [Theory]
    [InlineData("not-the-real-token", false)]
    [InlineData("", false)]
    [InlineData(FaultService.Token, true)]
    public async Task A_request_brings_its_own_fault_only_with_the_token(string token, bool isStruck)
    {
        await using var service = await FaultService.StartAsync();

        using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null, headers: [("x-fault", "status; status=418"), ("x-fault-token", token)]);

        Assert.Equal(isStruck ? 418 : 200, (int)look.StatusCode);
    }

    [Fact]
    public async Task A_request_from_elsewhere_brings_no_fault_whatever_it_knows()
    {
        await using var service = await FaultService.StartAsync(remote: "203.0.113.5");

        using var look = await service.SendAsync(HttpMethod.Get, "/look", token: null, headers: [("x-fault", "status"), ("x-fault-token", FaultService.Token)]);

        Assert.Equal(HttpStatusCode.OK, look.StatusCode);
    }
}
