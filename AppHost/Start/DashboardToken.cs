using System.Security.Cryptography;

namespace AppHost.Start;

/// <summary>The token that lets a person into the dashboard: one for this user, so that an open page and a bookmark go on working after a restart.</summary>
internal static class DashboardToken
{
    private const int Length = 32; // hexadecimal digits: 128 bits

    /// <summary>Gets it; it is made when there is none yet.</summary>
    /// <returns>The token; null where it can't be kept, so that Aspire makes one for this start.</returns>
    public static string? Get()
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "resilience-aspire");
        var path = Path.Combine(folder, "dashboard.token");
        try
        {
            if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: Length } kept)
            {
                return kept;
            }

            Directory.CreateDirectory(folder);
            var token = RandomNumberGenerator.GetHexString(Length, lowercase: true);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var file = new StreamWriter(path, options);
            file.Write(token);
            return token;
        }
        catch (Exception unkept) when (unkept is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
