using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Resilience.Recovery;
using ServiceDefaults.Tests.Faults;
using Xunit;

namespace ServiceDefaults.Tests.Recovery;

/// <summary>An operator has a procedure try again: in Development, where a token is set, from this machine, with the token; and nobody else anywhere.</summary>
public sealed class RecoveryOperatorTests
{
    private const string Rearm = "/resilience/recovery/rearm?procedure=";
    private const string Procedure = "rebuild index";

    public static MatrixTheoryData<string, bool, string?, string?> Combinations => new(
        ["Development", "Staging", "Production"], [true, false], [FaultService.Token, "not-the-real-token", "", null], [null, "127.0.0.1", "::1", "10.0.0.7", "2001:db8::1"]);

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Every_combination_of_environment_switch_token_and_address(string environment, bool enabled, string? sent, string? remote)
    {
        await using var service = await StartAsync(environment, enabled, remote);

        using var reply = await service.SendAsync(HttpMethod.Post, Rearm + Procedure, token: sent);

        var isLocal = remote is null || IPAddress.IsLoopback(IPAddress.Parse(remote));
        var expected = environment != "Development" || !enabled ? 404 : !isLocal ? 403 : sent != FaultService.Token ? 401 : 204;
        Assert.Equal(expected, (int)reply.StatusCode);
        Assert.Equal(expected == 204 ? [RecoveryResult.Rearmed] : [], Records(service).Select(static record => record.Result));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    public async Task A_page_of_somebody_elses_can_not_ask_by_way_of_a_browser_here(string header, string value)
    {
        await using var service = await StartAsync();

        using var reply = await service.SendAsync(HttpMethod.Post, Rearm + Procedure, headers: (header, value));

        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
    }

    [Theory]
    [InlineData(Rearm)]
    [InlineData(Rearm + "no-such-thing")]
    [InlineData("/resilience/recovery/rearm")]
    public async Task What_is_not_there_is_named_together_with_what_is(string path)
    {
        await using var service = await StartAsync();

        using var reply = await service.SendAsync(HttpMethod.Post, path);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        var problem = await TestService.ReadAsync(reply);
        Assert.Equal("Must be one of: trim memory service, rebuild index.", problem.GetProperty("errors").GetProperty("procedure")[0].GetString());
    }

    [Fact]
    public void A_token_that_is_too_short_stops_the_start()
    {
        var app = TestService.Build(settings: ("ServiceDefaults:Recovery:Token", "short"));

        var invalid = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal(["ServiceDefaults:Recovery:Token has 5 characters, which must be at least 16."], invalid.Failures);
    }

    private static Task<TestService> StartAsync(string environment = "Development", bool enabled = true, string? remote = null) => FaultService.StartAsync(
        environment,
        enabled: false,
        token: null,
        remote,
        static builder => builder.Services.AddSingleton<IRecoveryProcedure>(new RecoveryProcedure(Procedure, static _ => new((string?)null), static _ => default)),
        enabled ? [("ServiceDefaults:Recovery:Token", FaultService.Token)] : []);

    private static IReadOnlyList<RecoveryRecord> Records(TestService service) => service.Services.GetRequiredService<RecoveryOrchestrator>().Snapshot().Records;
}
