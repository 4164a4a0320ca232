using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Resilience.Memory;
using Xunit;

namespace ServiceDefaults.Tests.Memory;

public sealed class MemoryLimitTests
{
    private const long All = 1_000_000_000;
    private const long HalfwayToHard = 825_000_000; // from 75 % to 90 %

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
    public async Task Caches_are_shrunk_in_their_turn_by_as_much_as_memory_is_short()
    {
        var machine = new Machine { Used = All / 2 };
        await using var service = await TestService.StartAsync(
            configure: builder => builder.Services.AddMemoryCache().AddSingleton<IMemorySource>(machine));
        var cache = Assert.IsType<MemoryCache>(service.Services.GetRequiredService<IMemoryCache>());
        for (var key = 0; key < 100; key++)
        {
            cache.Set(key, new object());
        }

        Look(service, machine, used: HalfwayToHard);
        var afterOne = cache.Count;
        Look(service, machine, used: HalfwayToHard);

        Assert.Equal((100, 50), (afterOne, cache.Count)); // the first look only trims pools
    }

    [Fact]
    public async Task Whoever_sheds_load_is_told_after_the_caches_and_once_more_when_it_is_over()
    {
        var (machine, told) = (new Machine { Used = All / 2 }, new List<double>());
        await using var service = await StartAsync(machine);
        using var shedding = service.Services.GetRequiredService<MemoryManager>().Register(MemoryStage.ShedLoad, pressure => told.Add(Math.Round(pressure.Severity, 6)));

        Look(service, machine, used: HalfwayToHard);
        Look(service, machine, used: HalfwayToHard);
        Assert.Empty(told);
        Look(service, machine, used: HalfwayToHard);
        Look(service, machine, used: All / 2);

        Assert.Equal([0.5, 0], told);
    }

    [Fact]
    public async Task Memory_and_the_collector_are_shown_to_whoever_develops()
    {
        var machine = new Machine { Used = All / 2 };
        await using var service = await TestService.StartAsync(
            configure: builder => builder.Services.AddSingleton<IMemorySource>(machine), environment: "Development");
        Look(service, machine, used: HalfwayToHard);

        using var reply = await service.Client.GetAsync(new Uri("/resilience", UriKind.Relative), TestService.Token);

        var strategies = (await TestService.ReadAsync(reply)).EnumerateArray().Single(static pipeline => pipeline.GetProperty("name").GetString() == "memory").GetProperty("strategies");
        var (memory, collector) = (strategies[0], strategies[1]);
        Assert.Equal((750_000_000, 900_000_000), (memory.GetProperty("options").GetProperty("softLimitBytes").GetInt64(), memory.GetProperty("options").GetProperty("hardLimitBytes").GetInt64()));
        Assert.Equal(("Soft", HalfwayToHard), (memory.GetProperty("state").GetProperty("level").GetString(), memory.GetProperty("state").GetProperty("usedBytes").GetInt64()));
        Assert.Equal(1, memory.GetProperty("state").GetProperty("actions").GetProperty("TrimPools").GetInt64());
        Assert.True(collector.GetProperty("options").GetProperty("settings").EnumerateObject().Any());
        Assert.Equal(System.Text.Json.JsonValueKind.Array, collector.GetProperty("state").GetProperty("advice").ValueKind);
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
