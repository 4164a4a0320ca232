using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Resilience.Memory;
using Xunit;

namespace ServiceDefaults.Tests.Memory;

public sealed class MemoryLimitTests
{
    private const long All = 1_000_000_000;

    [Fact]
    public async Task At_the_hard_limit_what_would_hold_memory_is_refused_and_the_rest_is_answered_until_there_is_memory_again()
    {
        var machine = new Machine { Used = All / 2 };
        await using var service = await StartAsync(machine);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(service));

        Look(service, machine, used: All * 95 / 100);
        using var refused = await service.Client.PostAsync(new Uri("/take", UriKind.Relative), new StringContent("something"), TestService.Token);
        using var read = await service.Client.GetAsync(new Uri("/look", UriKind.Relative), TestService.Token);
        using var alive = await service.Client.GetAsync(new Uri("/alive", UriKind.Relative), TestService.Token);
        Look(service, machine, used: All / 2);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "temporary_reduced_capacity"), (refused.StatusCode, (await TestService.ReadAsync(refused)).GetProperty("code").GetString()));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, alive.StatusCode));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(service));
    }

    [Fact]
    public async Task What_a_request_holds_is_accounted_and_let_go_with_it()
    {
        var (during, machine) = (0L, new Machine { Used = All / 2 });
        await using var service = await StartAsync(machine, memory => during = memory.Snapshot().Tags.Single(static tag => tag.Tag == "request").Bytes);

        await PostAsync(service);

        Assert.Equal(4 * "something".Length, during);
        Assert.Equal(0, Assert.Single(service.Services.GetRequiredService<MemoryManager>().Snapshot().Tags).Bytes);
    }

    [Fact]
    public void Limits_that_contradict_each_other_stop_the_start()
    {
        var app = TestService.Build(settings: [("Resilience:Memory:SoftLimit", "0.9"), ("Resilience:Memory:HardLimit", "0.8")]);

        var refusal = Assert.ThrowsAny<Exception>(() => app.Services.GetRequiredService<Microsoft.Extensions.Options.IStartupValidator>().Validate());
        Assert.Contains("Resilience:Memory:SoftLimit is 0.9, which must not be more than Resilience:Memory:HardLimit (0.8).", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<TestService> StartAsync(Machine machine, Action<MemoryManager>? during = null) => TestService.StartAsync(
        app =>
        {
            app.MapPost("/take", (MemoryManager memory) => during?.Invoke(memory));
            app.MapGet("/look", static () => Results.Ok());
        },
        builder => builder.Services.AddSingleton<IMemorySource>(machine));

    private static void Look(TestService service, Machine machine, long used)
    {
        machine.Used = used;
        service.Services.GetRequiredService<MemoryManager>().Check();
    }

    private static async Task<HttpStatusCode> PostAsync(TestService service)
    {
        using var reply = await service.Client.PostAsync(new Uri("/take", UriKind.Relative), new StringContent("something"), TestService.Token);
        return reply.StatusCode;
    }

    private sealed class Machine : IMemorySource
    {
        public long Used { get; set; }

        public MemoryReading Read() => new() { Used = Used, Available = All, Source = "test", Heap = Used, HeapAvailable = All, FullCollections = 0 };

        public void Collect()
        {
        }
    }
}
