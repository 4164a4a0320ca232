using System.Text.Json;
using System.Text.Json.Nodes;

namespace LocalRunner.Orchestration;

/// <summary>What a service's launch settings say about it: its port and its environment.</summary>
/// <param name="Name">The profile's name.</param>
/// <param name="Port">The port of its first http URL.</param>
/// <param name="Environment">Its environment variables.</param>
/// <param name="LaunchUrl">What to look at first, relative to its URL; null where it doesn't say.</param>
internal sealed record LaunchProfile(string Name, int Port, IReadOnlyDictionary<string, string> Environment, string? LaunchUrl = null)
{
    private const string Wanted = "http";
    private static readonly JsonDocumentOptions _json = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads the profile of a project.</summary>
    /// <param name="projectPath">The project's file.</param>
    /// <returns>The profile called <c>http</c>.</returns>
    /// <exception cref="LocalRunnerException">The file can't be read, or has no such profile with an http URL.</exception>
    public static LaunchProfile Read(string projectPath)
    {
        var path = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new LocalRunnerException(
                $"{path} can't be read ({failure.Message.TrimEnd('.')}). A service's port is taken from there: write it with a profile '{Wanted}' and an applicationUrl.", failure);
        }
    }

    /// <summary>Reads the profile from a file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The file's path, for messages.</param>
    /// <returns>The profile called <c>http</c>.</returns>
    /// <exception cref="LocalRunnerException">There is no such profile, or it has no http URL.</exception>
    public static LaunchProfile Parse(string text, string path)
    {
        var profile = JsonNode.Parse(text, documentOptions: _json)?["profiles"]?[Wanted]
            ?? throw new LocalRunnerException($"{path} has no profile '{Wanted}'. Add one with an applicationUrl: the service's port is taken from there.");
        var urls = ((string?)profile["applicationUrl"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var url = urls.Select(static candidate => Uri.TryCreate(candidate, UriKind.Absolute, out var parsed) ? parsed : null)
            .FirstOrDefault(static candidate => candidate?.Scheme == Uri.UriSchemeHttp)
            ?? throw new LocalRunnerException($"The profile '{Wanted}' of {path} has no http URL in its applicationUrl. Add one, such as http://localhost:5090.");
        var environment = profile["environmentVariables"]?.AsObject() ?? [];
        return new(
            Wanted,
            url.Port,
            environment.ToDictionary(static variable => variable.Key, static variable => (string?)variable.Value ?? "", StringComparer.Ordinal),
            (string?)profile["launchUrl"]);
    }
}
