using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a service so that a person can read why it didn't start.</summary>
public static class RunExtensions
{
    /// <summary>Runs the service until it is told to stop; wrong configuration is one line each on standard error and exit code 1, without a stack trace.</summary>
    /// <param name="app">The service.</param>
    /// <returns>When it has stopped.</returns>
    public static async Task RunServiceAsync(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        try
        {
            // Before the host does it, since the host logs failures with their stack traces.
            app.Services.GetService<IStartupValidator>()?.Validate();
        }
        catch (Exception invalid) when (Failures(invalid) is { Count: > 0 } failures)
        {
            foreach (var failure in failures)
            {
                await Console.Error.WriteLineAsync(failure);
            }

            Environment.ExitCode = 1;
            await app.DisposeAsync();
            return;
        }

        await app.RunAsync();
    }

    private static List<string> Failures(Exception exception) => exception switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Failures)],
        _ => [],
    };
}
