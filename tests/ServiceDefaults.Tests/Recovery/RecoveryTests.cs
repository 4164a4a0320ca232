using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Resilience.Recovery;
using Xunit;

namespace ServiceDefaults.Tests.Recovery;

public sealed class RecoveryTests : IDisposable
{
    private static readonly Uri _page = new("/resilience/recovery", UriKind.Relative);
    private readonly FakeTimeProvider _clock = new();
    private readonly Lines _lines = new();
    private int _acts;

    [Fact]
    public async Task By_default_it_is_a_dry_run_that_says_what_it_would_do()
    {
        await using var service = await StartAsync();

        await UntilRecordAsync(service, "DryRun");

        Assert.Equal(0, Volatile.Read(ref _acts));
        Assert.Contains(_lines.All, static line => line.StartsWith("Information Recovery, rebuild index: DryRun", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Told_to_it_acts_and_the_page_and_the_log_say_what_came_of_it()
    {
        await using var service = await StartAsync(("Resilience:Recovery:Mode", "Act"), ("Resilience:Recovery:VerifyTimeout", "00:00:00"));

        var page = await UntilRecordAsync(service, "Unverified");

        Assert.Equal(1, Volatile.Read(ref _acts));
        var record = page.GetProperty("records")[0];
        Assert.Equal(("rebuild index", "The index is behind."), (record.GetProperty("procedure").GetString(), record.GetProperty("finding").GetString()));
        Assert.Equal(["trim memory service", "rebuild index"], page.GetProperty("procedures").EnumerateArray().Select(static procedure => procedure.GetProperty("name").GetString()));
        Assert.Contains(_lines.All, static line => line.StartsWith("Warning Recovery, rebuild index: Unverified", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Off_it_looks_at_nothing()
    {
        await using var service = await StartAsync(("Resilience:Recovery:Mode", "Off"));

        _clock.Advance(TimeSpan.FromMinutes(1));
        _clock.Advance(TimeSpan.FromMinutes(1));

        var recovery = service.Services.GetRequiredService<RecoveryOrchestrator>().Snapshot();
        Assert.Equal(RecoveryMode.Off, recovery.Mode);
        Assert.All(recovery.Procedures, static procedure => Assert.Null(procedure.Finding));
    }

    [Fact]
    public async Task The_page_is_for_development_only()
    {
        await using var service = await StartAsync("Production");

        using var reply = await service.Client.GetAsync(_page, TestService.Token);

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
    }

    [Fact]
    public async Task A_lease_of_the_services_own_is_asked()
    {
        var lease = new NoLease();
        await using var service = await StartAsync("Development", builder => builder.Services.AddSingleton<IRecoveryLease>(lease), ("Resilience:Recovery:Mode", "Act"));

        var page = await UntilRecordAsync(service, "Suppressed");

        Assert.Equal("Lease", page.GetProperty("records")[0].GetProperty("suppression").GetString());
        Assert.Equal((0, "ServiceDefaults.Tests"), (Volatile.Read(ref _acts), lease.Asked!.Recovery));
    }

    [Theory]
    [InlineData("Burst", "0", "Resilience:Recovery:Burst is 0, which must be from 1 to 100. Change it, or set Resilience__Recovery__Burst.")]
    [InlineData("Interval", "00:00:00", "Resilience:Recovery:Interval is 00:00:00, which must be from 00:00:00.1000000 to 01:00:00. Change it, or set Resilience__Recovery__Interval.")]
    [InlineData("MaxCoolDown", "00:00:10", "Resilience:Recovery:MaxCoolDown is 00:00:10, which must not be below CoolDown (00:00:30).")]
    [InlineData("Mode", "Perhaps", "Failed to convert configuration value 'Perhaps' at 'Resilience:Recovery:Mode' to type 'Resilience.Recovery.RecoveryMode'. Give it a value of that type, or remove it.")]
    public void A_wrong_setting_stops_the_start_in_one_line(string key, string value, string line)
    {
        var app = TestService.Build(settings: ($"Resilience:Recovery:{key}", value));

        var invalid = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal([line], invalid.Failures);
    }

    public void Dispose() => _lines.Dispose();

    private Task<TestService> StartAsync(params (string Key, string Value)[] settings) => StartAsync("Development", null, settings);

    private Task<TestService> StartAsync(string environment, Action<IHostApplicationBuilder>? configure = null, params (string Key, string Value)[] settings) => TestService.StartAsync(
        configure: builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(_clock);
            builder.Services.AddSingleton<IRecoveryProcedure>(new RecoveryProcedure(
                "rebuild index",
                static _ => new("The index is behind."),
                _ =>
                {
                    Interlocked.Increment(ref _acts);
                    return default;
                }));
            builder.Logging.AddProvider(_lines);
            configure?.Invoke(builder);
        },
        environment: environment,
        settings: settings);

    private async Task<JsonElement> UntilRecordAsync(TestService service, string result)
    {
        while (true)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            var page = await service.Client.GetFromJsonAsync<JsonElement>(_page, TestService.Token);
            if (page.GetProperty("records").EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } record && record.GetProperty("result").GetString() == result)
            {
                return page;
            }
        }
    }

    private sealed class NoLease : IRecoveryLease
    {
        public RecoveryLeaseRequest? Asked { get; private set; }

        public ValueTask<IAsyncDisposable?> TryAcquireAsync(RecoveryLeaseRequest request, CancellationToken cancellationToken)
        {
            Asked = request;
            return default;
        }
    }
}
