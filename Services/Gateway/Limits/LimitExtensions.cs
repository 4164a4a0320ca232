using System.Globalization;
using System.Threading.RateLimiting;
using Gateway.Clients;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Resilience.Bulkheads;
using Resilience.Memory;
using Resilience.Pipelines;
using ServiceDefaults.Problems;

namespace Gateway.Limits;

/// <summary>A quota for each client, then one limit for all.</summary>
internal static class LimitExtensions
{
    // Clients share this many quotas by a hash of their names, so that no flood of made-up names can fill the memory.
    private const int Quotas = 16_384;
    private const string PolicyName = "client";
    private const string Everybody = "gateway";

    // What is let in at the hard memory limit: enough to stay useful, while what holds memory drains.
    private const double ShareAtHardLimit = 0.1;

    public static void AddLimits(this WebApplicationBuilder builder)
    {
        builder.AddValidatedOptions<LimitOptions>(LimitOptions.Section);
        builder.Services.AddRateLimiter(static _ => { });
        builder.Services.AddSingleton(CreateBulkhead);
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<LimitOptions>, RetryAfter, Bulkhead>((limiter, options, retryAfter, bulkhead) =>
        {
            var limits = options.Value;
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(QuotaOf(limits), ConcurrencyOf(bulkhead));
            limiter.OnRejected = async (rejected, _) => await Refuse(rejected, limits, retryAfter).ExecuteAsync(rejected.HttpContext);
        });
    }

    private static PartitionedRateLimiter<HttpContext> QuotaOf(LimitOptions limits) => PartitionedRateLimiter.Create<HttpContext, int>(
        context => RateLimitPartition.GetFixedWindowLimiter(
            string.GetHashCode(context.Features.Get<ClientIdentity>()!.Id, StringComparison.Ordinal) & (Quotas - 1),
            _ => new() { PermitLimit = limits.RequestsPerClient, Window = limits.Window, QueueLimit = 0 }));

    private static PartitionedRateLimiter<HttpContext> ConcurrencyOf(Bulkhead bulkhead) => PartitionedRateLimiter.Create<HttpContext, int>(
        _ => RateLimitPartition.Get(0, _ => new BulkheadRateLimiter(bulkhead, ownsBulkhead: false)));

    // Every request let in holds memory here and behind; so the shorter memory is, the fewer come in.
    private static Bulkhead CreateBulkhead(IServiceProvider services)
    {
        var all = services.GetRequiredService<IOptions<LimitOptions>>().Value.MaxConcurrency;
        var bulkhead = new Bulkhead(Everybody, new() { MaxConcurrency = all }, services.GetRequiredService<TimeProvider>());
        services.GetRequiredService<MemoryManager>().Register(
            MemoryStage.ShedLoad, pressure => bulkhead.Resize(Math.Max(1, (int)Math.Round(all * (1 - ((1 - ShareAtHardLimit) * pressure.Severity))))));
        services.GetRequiredService<ResilienceCatalogue>().Add(Everybody, CatalogueEntry.For(bulkhead));
        return bulkhead;
    }

    private static ProblemHttpResult Refuse(OnRejectedContext rejected, LimitOptions limits, RetryAfter retryAfter)
    {
        var response = rejected.HttpContext.Response;
        if (!rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after)) // only a window knows when it ends
        {
            retryAfter.SetJittered(response);
            return Problems.ReducedCapacity();
        }

        var seconds = Math.Max(1, (long)Math.Ceiling(after.TotalSeconds));
        response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        // IETF draft-ietf-httpapi-ratelimit-headers: what the policy is, and what is left of it.
        response.Headers["RateLimit-Policy"] = string.Create(
            CultureInfo.InvariantCulture, $"\"{PolicyName}\";q={limits.RequestsPerClient};w={(long)limits.Window.TotalSeconds}");
        response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{PolicyName}\";r=0;t={seconds}");
        return Problems.QuotaExceeded();
    }
}
