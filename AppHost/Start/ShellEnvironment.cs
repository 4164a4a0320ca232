using System.Collections;
using System.Text.RegularExpressions;

namespace AppHost.Start;

/// <summary>Keeps the developer's shell out of the services: everything that the AppHost starts inherits its environment.</summary>
/// <remarks>
/// What stays is listed, since nobody can list all variables that change how a .NET program, PostgreSQL or an HTTP client behaves: <c>HTTP_PROXY</c>, <c>PGOPTIONS</c>,
/// <c>DOTNET_GCHeapHardLimit</c>, <c>OTEL_SDK_DISABLED</c>, <c>LD_PRELOAD</c>. It stays when it says where things are, when it is Aspire's, or when it is a setting of this
/// application by its name.
/// </remarks>
internal static partial class ShellEnvironment
{
    private const string Downloads = "Stores__Downloads__";

    /// <summary>Takes out of this process's environment what the services must not inherit.</summary>
    /// <returns>The names of those that somebody may have set on purpose, in alphabetical order.</returns>
    public static IReadOnlyList<string> Clean()
    {
        var removed = NamesToRemove(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => (string)variable.Key));
        foreach (var name in removed)
        {
            if (IsProxy().IsMatch(name))
            {
                Environment.SetEnvironmentVariable(Downloads + name, Environment.GetEnvironmentVariable(name)); // a store may have to be fetched
            }

            Environment.SetEnvironmentVariable(name, value: null);
        }

        return [.. removed.Where(static name => IsOnPurpose().IsMatch(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Says which variables the services must not inherit.</summary>
    /// <param name="names">The names of all that there are.</param>
    /// <returns>The names of those.</returns>
    public static IReadOnlyList<string> NamesToRemove(IEnumerable<string> names) => [.. names.Where(static name => !IsKept().IsMatch(name))];

    // In this order: where things are; who and how this user is; the .NET SDK's and npm's own; Aspire's; this application's settings.
    [GeneratedRegex(
        """
        ^(
          PATH|PATHEXT|HOME|HOMEDRIVE|HOMEPATH|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES.*|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|TMPDIR|TMP|TEMP|PWD|XDG_\w+
          |USER|USERNAME|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TERM|COLORTERM|NO_COLOR|CI|CONTAINER_HOST|DOCKER_\w+
          |DOTNET_ROOT\w*|DOTNET_HOST_PATH|DOTNET_CLI_\w+|DOTNET_(NOLOGO|VERSION|SDK_VERSION|ADD_GLOBAL_TOOLS_TO_PATH|GENERATE_ASPNET_CERTIFICATE|RUNNING_IN_CONTAINERS?|USE_POLLING_FILE_WATCHER)|NUGET_\w+|MSBuild\w*|npm_config_\w+|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS
          |ASPIRE_\w+|DOTNET_ASPIRE_\w+|DOTNET_DASHBOARD_\w+|DOTNET_RESOURCE_SERVICE_ENDPOINT_URL|DCP_\w+|DcpPublisher__\w+|DOTNET_LAUNCH_PROFILE|(ASPNETCORE|DOTNET)_ENVIRONMENT|ASPNETCORE_URLS
          |(AppHost|Stores|Faults|Recovery|Parameters|Gateway|Orders|Reservations|ServiceDefaults|Resilience|Via)__\w+|Stores|ConnectionStrings__(postgres|cache)
        )$
        """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsKept();

    [GeneratedRegex("^(HTTPS?|ALL|NO)_PROXY$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsProxy();

    [GeneratedRegex(
        "^(\\w*_PROXY|PG\\w+|OTEL_\\w+|ASPNETCORE_\\w+|DOTNET_\\w+|COMPlus_\\w+|CORECLR_\\w+|LD_\\w+|(HTTPS?_PORTS|URLS)|services__\\w+|ConnectionStrings__\\w+|Logging__\\w+|Kestrel__\\w+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsOnPurpose();
}
