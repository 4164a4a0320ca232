using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ServiceDefaults.Hosting;

/// <summary>Keeps the host from logging why it didn't start while somebody else says so better.</summary>
internal sealed class StartLog
{
    private const string Host = "Microsoft.Extensions.Hosting.Internal.Host";

    private volatile bool _isQuiet;

    /// <summary>Gets or sets whether the host says nothing for now.</summary>
    public bool IsQuiet
    {
        get => _isQuiet;
        set => _isQuiet = value;
    }

    public static void AddTo(IHostApplicationBuilder builder)
    {
        var log = new StartLog();
        builder.Services.AddSingleton(log);
        builder.Logging.AddFilter(Host, level => !log.IsQuiet && level >= LogLevel.Information);
    }
}
