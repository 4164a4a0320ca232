using System.Security.Cryptography;
using System.Text;
using LocalRunner.Processes;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

internal static class StoreFolder
{
    /// <summary>A folder of a store's own: below <c>Stores:Data</c> where that is set, else one of this checkout's among the user's local data.</summary>
    public static string Of(IDistributedApplicationBuilder app, string store)
    {
        var checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(app.AppHostDirectory))))[..12];
        var root = app.Configuration["Stores:Data"] is { Length: > 0 } given ? Path.GetFullPath(given) : Path.Combine(UserFolders.LocalData, checkout);
        var folder = Path.Combine(root, store);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(root, Owner);
            if (UnixUser.IsRoot) // PostgreSQL runs as somebody else then, who has to walk through
            {
                File.SetUnixFileMode(root, File.GetUnixFileMode(root) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            }

            Directory.CreateDirectory(folder, Owner);
        }

        return folder;
    }
}
