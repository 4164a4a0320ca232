using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Resilience.Faults;
using ServiceDefaults.Operators;
using Answer = ServiceDefaults.Problems.Problems;

namespace ServiceDefaults.Faults;

/// <summary>Where faults are begun, seen and ended. Each call leaves a line in the log.</summary>
internal static class FaultEndpoints
{
    public const string Path = "/faults";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static void MapFaults(this WebApplication app)
    {
        var faults = app.MapGroup(Path).ExcludeFromDescription().DisableHttpMetrics().DisableRateLimiting().AllowAnonymous().AddEndpointFilter(
            new OperatorGate(FaultOptions.Section, static services => services.GetRequiredService<IOptions<FaultOptions>>().Value.Token));
        faults.MapGet("", static (FaultGovernor governor) => Json(new { active = Views(governor.List()), ended = Views(governor.ListEnded()) }));
        faults.MapGet("{name}", static (string name, FaultGovernor governor) => Find(governor, name) is { } fault ? (IResult)Json(fault) : NotFound(name));
        faults.MapPut("{name}", SetAsync);
        faults.MapDelete("{name}", static (string name, FaultGovernor governor) => governor.Remove(name) ? (IResult)TypedResults.NoContent() : NotFound(name));
        faults.MapDelete("", static (FaultGovernor governor) =>
        {
            governor.Clear();
            return TypedResults.NoContent();
        });
    }

    private static async Task<IResult> SetAsync(string name, HttpRequest request, FaultGovernor governor, CancellationToken cancellationToken)
    {
        try
        {
            var asked = await JsonSerializer.DeserializeAsync<FaultRequest>(request.Body, _json, cancellationToken);
            if (asked is null)
            {
                return Invalid("body", "A fault is needed, such as {\"kind\":\"latency\",\"latencyMs\":500}.");
            }

            return governor.Set(name, asked.ToSpec()) ? Json(Find(governor, name), StatusCodes.Status201Created) : Json(Find(governor, name));
        }
        catch (JsonException unreadable)
        {
            return Invalid(unreadable.Path is { Length: > 1 } path ? path.TrimStart('$', '.') : "body", $"{unreadable.Message} Kinds are {string.Join(", ", Enum.GetNames<FaultKind>().Select(JsonNamingPolicy.CamelCase.ConvertName))}.");
        }
        catch (ValidationException wrong)
        {
            return Invalid(name, wrong.Message);
        }
    }

    private static ProblemHttpResult Invalid(string field, string reason) => Answer.Validation(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [reason] });

    private static ProblemHttpResult NotFound(string name) => Answer.NotFound($"There is no fault '{(name.Length > 64 ? name[..64] + "…" : name)}'. GET {Path} lists those that there are.");

    private static FaultView? Find(FaultGovernor governor, string name) => Views(governor.List()).FirstOrDefault(fault => fault.Name == name);

    private static IEnumerable<FaultView> Views(IReadOnlyList<FaultSnapshot> faults) => faults.Select(FaultView.Of);

    private static JsonHttpResult<T> Json<T>(T value, int status = StatusCodes.Status200OK) => TypedResults.Json(value, _json, statusCode: status);
}
