using System.Globalization;
using System.Threading.RateLimiting;
using Gateway.Clients;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using ServiceDefaults.Problems;

namespace Gateway.Limits;

/// <summary>A quota for each client, then one limit for all.</summary>
internal static class LimitExtensions
{
    // Clients share this many quotas by a hash of their names, so that no flood of made-up names can fill the memory.
    private const int Quotas = 16_384;
    private const string PolicyName = "client";

    public static void AddLimits(this WebApplicationBuilder builder)
    {
        builder.AddValidatedOptions<LimitOptions>(LimitOptions.Section);
        builder.Services.AddRateLimiter(static _ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<LimitOptions>, RetryAfter>((limiter, options, retryAfter) =>
        {
            var limits = options.Value;
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(QuotaOf(limits), ConcurrencyOf(limits));
            limiter.OnRejected = async (rejected, _) => await Refuse(rejected, limits, retryAfter).ExecuteAsync(rejected.HttpContext);
        });
    }

    private static PartitionedRateLimiter<HttpContext> QuotaOf(LimitOptions limits) => PartitionedRateLimiter.Create<HttpContext, int>(
        context => RateLimitPartition.GetFixedWindowLimiter(
            string.GetHashCode(context.Features.Get<ClientIdentity>()!.Id, StringComparison.Ordinal) & (Quotas - 1),
            _ => new() { PermitLimit = limits.RequestsPerClient, Window = limits.Window, QueueLimit = 0 }));

    private static PartitionedRateLimiter<HttpContext> ConcurrencyOf(LimitOptions limits) => PartitionedRateLimiter.Create<HttpContext, int>(
        _ => RateLimitPartition.GetConcurrencyLimiter(0, _ => new() { PermitLimit = limits.MaxConcurrency, QueueLimit = 0 }));

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
