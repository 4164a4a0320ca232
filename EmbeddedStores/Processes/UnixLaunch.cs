using System.Globalization;

namespace EmbeddedStores.Processes;

/// <summary>Builds the words that stand before a program on Unix.</summary>
/// <remarks>Each program replaces the one before it (exec), so there is one process under one number.</remarks>
internal static class UnixLaunch
{
    /// <summary>Builds what runs a command as another user.</summary>
    /// <param name="user">The user; null for the current one.</param>
    /// <returns>The words to put before the command.</returns>
    /// <exception cref="StoreException">setpriv is missing.</exception>
    public static IReadOnlyList<string> AsUser(UnixUser? user)
    {
        if (user is null)
        {
            return [];
        }

        var setpriv = Executables.Find("setpriv") ?? throw new StoreException(
            $"Nothing can run as '{user.Name}', because setpriv is not on PATH. Install util-linux, or don't run as root.");
        return
        [
            setpriv, string.Create(CultureInfo.InvariantCulture, $"--reuid={user.UserId}"),
            string.Create(CultureInfo.InvariantCulture, $"--regid={user.GroupId}"), "--clear-groups", "--",
        ];
    }

    /// <summary>Builds what runs a command with these environment variables and no other.</summary>
    /// <param name="environment">The variables.</param>
    /// <returns>The words to put before the command. On Windows they only start it.</returns>
    public static IReadOnlyList<string> WithEnvironment(IReadOnlyDictionary<string, string> environment) =>
        OperatingSystem.IsWindows() ? ["cmd", "/c"] : ["/usr/bin/env", "-i", .. environment.Select(static variable => $"{variable.Key}={variable.Value}")];
}
