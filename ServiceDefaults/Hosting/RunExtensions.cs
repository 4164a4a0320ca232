using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a service so that a person can read why it didn't start.</summary>
public static partial class RunExtensions
{
    /// <summary>Runs the service until it is told to stop; wrong configuration, or an address that is taken, is one line each on standard error and exit code 1, without a stack trace.</summary>
    /// <param name="app">The service.</param>
    /// <returns>When it has stopped.</returns>
    public static async Task RunServiceAsync(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        await using (app)
        {
            try
            {
                await StartAsync(app);
            }
            catch (Exception mistake) when (Lines(mistake) is { Count: > 0 } lines)
            {
                foreach (var line in lines)
                {
                    await Console.Error.WriteLineAsync(line);
                }

                Environment.ExitCode = 1;
                return;
            }

            await app.WaitForShutdownAsync();
        }
    }

    private static async Task StartAsync(WebApplication app)
    {
        app.Services.GetService<IStartupValidator>()?.Validate(); // before the host does it, since the host logs failures with their stack traces
        var log = app.Services.GetService<StartLog>();
        try
        {
            log?.IsQuiet = true;
            await app.StartAsync();
        }
        catch (Exception failure) when (log is not null && Lines(failure).Count == 0)
        {
            LogFailure(app.Logger, failure);
            throw;
        }
        finally
        {
            log?.IsQuiet = false;
        }
    }

    private static List<string> Lines(Exception exception) => exception switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Lines)],
        IOException { InnerException: AddressInUseException } taken => [$"{taken.Message.TrimEnd('.')}. End what listens there, or have this service listen elsewhere: --urls http://localhost:5099, or ASPNETCORE_URLS."],
        _ => [],
    };

    [LoggerMessage(Level = LogLevel.Critical, Message = "The service did not start")]
    private static partial void LogFailure(ILogger logger, Exception failure);
}
