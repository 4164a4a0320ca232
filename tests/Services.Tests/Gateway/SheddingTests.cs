using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Resilience.Bulkheads;
using Resilience.Memory;
using Xunit;

namespace Services.Tests.Gateway;

/// <summary>While memory is short the gateway lets fewer in, since each request holds some here and behind.</summary>
public sealed class SheddingTests
{
    private const long All = 1_000_000_000;

    [Theory]
    [InlineData(825_000_000, 3, 55)] // halfway from the soft to the hard limit; its turn comes after pools and caches
    [InlineData(900_000_000, 1, 10)] // at the hard limit everything is done at once
    public async Task The_gateway_lets_fewer_in_while_memory_is_short_and_all_of_them_again_afterwards(long used, int looks, int letIn)
    {
        var machine = new Machine { Used = All / 2 };
        await using var gateway = await GatewayHost.StartAsync(
            services => services.AddSingleton<IMemorySource>(machine), ("Gateway:Limits:MaxConcurrency", "100"));
        var memory = gateway.Services.GetRequiredService<MemoryManager>();
        using var first = await gateway.GetAsync("/api/products");

        machine.Used = used;
        for (var look = 0; look < looks; look++)
        {
            Assert.Equal(100, gateway.Services.GetRequiredService<Bulkhead>().Limit);
            memory.Check();
        }

        Assert.Equal(letIn, gateway.Services.GetRequiredService<Bulkhead>().Limit);
        machine.Used = All / 2;
        memory.Check();
        Assert.Equal(100, gateway.Services.GetRequiredService<Bulkhead>().Limit);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
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
