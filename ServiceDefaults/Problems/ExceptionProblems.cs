using System.Data;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;
using Resilience.Bulkheads;
using Resilience.CircuitBreakers;
using Resilience.ConnectionPools;
using Resilience.Deadlines;
using Resilience.Memory;
using Resilience.Timeouts;
using ServiceDefaults.Http;
using StackExchange.Redis;

namespace ServiceDefaults.Problems;

/// <summary>What each exception is over HTTP. Nothing of its text gets out but what was written for clients.</summary>
internal static class ExceptionProblems
{
    /// <summary>Gets the problem that an exception stands for; null for a fault of the service.</summary>
    public static ProblemDetails? Of(Exception exception) => exception switch
    {
        BadHttpRequestException bad => BadRequestProblems.Of(bad),
        DeadlineExceededException late => Late(late.Timeout, late.Elapsed),
        OperationTimeoutException timeout => Late(timeout.Timeout, timeout.Elapsed),
        TimeoutRejectedException timeout => Late(timeout.Timeout, Deadline.Current?.Elapsed ?? timeout.Timeout),
        TaskCanceledException { InnerException: TimeoutException } => Late(Deadline.Current?.Budget, Deadline.Current?.Elapsed), // HttpClient.Timeout
        BrokenCircuitException open => Unavailable(Dependency.Of(open) ?? (open as CircuitBreakerRejectedException)?.BreakerName ?? open.TelemetrySource?.PipelineName ?? "unknown"),
        ConnectionUnavailableException { Reason: null or PoolRefusalReason.ServerAway or PoolRefusalReason.ShuttingDown } => Unavailable("postgres"),
        RateLimiterRejectedException or BulkheadRejectedException or ConnectionUnavailableException or MemoryLimitExceededException => Problem(Problems.Codes.ReducedCapacity, "There is too much to do at the moment. Come back after the time in Retry-After."),
        ConnectionLostException => Unavailable("postgres"),
        NpgsqlException database when IsAway(database) => Unavailable("postgres"),
        DataException { InnerException: { } cause } => Of(cause), // Dapper's word for a row that broke off while it was read
        RedisConnectionException or RedisTimeoutException => Unavailable("redis"),
        HttpRequestException unreachable => Problem(
            Problems.Codes.BadGateway,
            "A service behind this one can't be reached, or gave an answer that can't be read. Try again later.",
            Dependency.Of(unreachable) is { } dependency ? [new("dependency", dependency)] : []),
        _ => null,
    };

    /// <summary>Gets when to come back, where the exception says so.</summary>
    public static TimeSpan? RetryAfterOf(Exception exception) => (exception as BrokenCircuitException)?.RetryAfter;

    private static ProblemDetails Late(TimeSpan? budget, TimeSpan? elapsed) => Problem(
        Problems.Codes.DeadlineExceeded,
        "There was no answer within the time given. Whether the request had an effect isn't known: repeat it only under the same Idempotency-Key, or if it only reads.",
        new("budgetMs", (long?)budget?.TotalMilliseconds),
        new("elapsedMs", (long?)elapsed?.TotalMilliseconds));

    private static ProblemDetails Unavailable(string dependency) => Problem(
        Problems.Codes.DependencyUnavailable,
        $"This needs {dependency}, which is unavailable. Come back after the time in Retry-After.",
        new KeyValuePair<string, object?>("dependency", dependency));

    private static ProblemDetails Problem(string code, string detail, params KeyValuePair<string, object?>[] extensions) =>
        Problems.Details(ProblemKind.Find(code)!, detail, new Dictionary<string, object?>(extensions, StringComparer.Ordinal));

    // Out of reach, out of connections, shutting down, taking no writes, or refusing our name: not the request's fault and not ours.
    private static bool IsAway(NpgsqlException exception) =>
        exception.IsTransient
        || exception.InnerException is SocketException or IOException or TimeoutException
        || (exception is PostgresException { SqlState: { } state }
            && (state is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.ReadOnlySqlTransaction || state.StartsWith("28", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal)));
}
