using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace ServiceDefaults.Problems;

/// <summary>What a client is told about a request that can't be read: which field, and nothing of how it is read.</summary>
internal static partial class BadRequestProblems
{
    /// <summary>Gets the problem.</summary>
    public static ProblemDetails Of(BadHttpRequestException exception) => exception switch
    {
        { InnerException: JsonException json } => OfJson(json),
        { StatusCode: StatusCodes.Status400BadRequest } when Parameter().Match(exception.Message) is { Success: true } match =>
            OfField(match.Groups["name"].Value, $"The parameter {match.Groups["name"].Value} is missing or not of its type."),
        _ => Details(exception.StatusCode, exception.StatusCode switch
        {
            StatusCodes.Status400BadRequest => "The request can't be read. Send a JSON body in UTF-8, and complete.",
            StatusCodes.Status408RequestTimeout => "The request came too slowly.",
            StatusCodes.Status413PayloadTooLarge => "The body is larger than this service takes.",
            StatusCodes.Status415UnsupportedMediaType => "Send the body as application/json in UTF-8.",
            StatusCodes.Status431RequestHeaderFieldsTooLarge => "The headers are larger than this service takes.",
            _ => null,
        }),
    };

    private static ProblemDetails OfJson(JsonException json)
    {
        // "$.lines[0].quantity", or "$" where no field had begun.
        var field = json.Path is ['$', '.', .. { Length: > 0 } path] ? Shown(path) : null;
        var place = json is { LineNumber: { } line, BytePositionInLine: { } column } ? $" at line {line + 1}, byte {column + 1}" : "";
        return field is null
            ? Details(StatusCodes.Status400BadRequest, $"The body isn't the JSON that is expected{place}.")
            : OfField(field, $"The value{place} isn't of the type that is expected, or isn't JSON.");
    }

    private static ProblemDetails OfField(string field, string failure)
    {
        var problem = Details(StatusCodes.Status400BadRequest, $"{field}: {failure}");
        problem.Extensions["errors"] = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [failure] };
        return problem;
    }

    private static ProblemDetails Details(int status, string? detail) => Problems.Details(ProblemKind.OfStatus(status), detail);

    // A path repeats the client's own property names, so it is as long as they are.
    private static string Shown(string path) => path.Length <= 100 ? path : $"{path[..100]}…";

    // The framework's words: Failed to bind parameter "int page" from "x"; Required parameter "string name" was not provided from query string.
    [GeneratedRegex("parameter \"[^\" ]+ (?<name>[A-Za-z0-9_-]{1,64})\"", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 100)]
    private static partial Regex Parameter();
}
