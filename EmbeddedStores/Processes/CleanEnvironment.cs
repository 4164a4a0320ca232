using System.Diagnostics;

namespace EmbeddedStores.Processes;

/// <summary>Keeps the developer's shell out of the stores: <c>PGOPTIONS</c>, <c>LD_PRELOAD</c> and the like.</summary>
/// <remarks>A store's process gets a short list of variables and no other. A tool such as npm gets everything but <c>PG*</c>.</remarks>
internal static class CleanEnvironment
{
    private const string Downloads = "Stores__Downloads__";
    private static readonly string[] _kept = ["HOME", "TMPDIR", "DOTNET_ROOT", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "SystemRoot", "TEMP"];

    /// <summary>Gets PostgreSQL's environment. Without a locale, macOS starts a thread in it, which PostgreSQL refuses.</summary>
    public static IReadOnlyDictionary<string, string> Postgres { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["LC_ALL"] = "C" };

    /// <summary>Gets the environment of redis-server or Garnet.</summary>
    public static IReadOnlyDictionary<string, string> Redis { get; } = _kept
        .Select(static name => KeyValuePair.Create(name, Environment.GetEnvironmentVariable(name) ?? ""))
        .Where(static variable => variable.Value.Length > 0)
        .Append(new("DOTNET_gcServer", "0")) // Garnet asks for a heap for each core, which a cache of this size does not need
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>Removes PostgreSQL's variables from a tool's environment, and adds those that are meant for tools that fetch something.</summary>
    /// <param name="start">How the tool is started.</param>
    public static void ApplyTo(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith(Downloads, StringComparison.Ordinal)).ToList())
        {
            start.Environment[name[Downloads.Length..]] = start.Environment[name];
        }

        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
    }
}
