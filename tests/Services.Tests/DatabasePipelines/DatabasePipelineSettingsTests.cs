using Database;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly.Registry;
using Resilience.Pipelines;
using Xunit;

namespace Services.Tests.DatabasePipelines;

[Collection("The process's exit code")]
public sealed class DatabasePipelineSettingsTests
{
    private const string Section = "Resilience:Database:Moves";

    [Theory]
    [InlineData("TotalTimeout", "00:02:00", "TotalTimeout is 00:02:00, which must be from 00:00:00.0100000 to 00:01:00. Change it, or set Resilience__Database__Moves__TotalTimeout.")]
    [InlineData("MaxRetries", "11", "MaxRetries is 11, which must be from 0 to 10. Change it, or set Resilience__Database__Moves__MaxRetries.")]
    [InlineData("RetryPause", "00:00:00", "RetryPause is 00:00:00, which must be from 00:00:00.0010000 to 00:00:10. Change it, or set Resilience__Database__Moves__RetryPause.")]
    [InlineData("MaxConcurrency", "0", "MaxConcurrency is 0, which must be from 1 to 100000. Change it, or set Resilience__Database__Moves__MaxConcurrency.")]
    [InlineData("MaxQueue", "-1", "MaxQueue is -1, which must be from 0 to 100000. Change it, or set Resilience__Database__Moves__MaxQueue.")]
    [InlineData("MaxQueueTime", "00:00:00", "MaxQueueTime is 00:00:00, which must be from 00:00:00.0010000 to 00:01:00. Change it, or set Resilience__Database__Moves__MaxQueueTime.")]
    [InlineData("MaxQueueTime", "00:00:06", $"MaxQueueTime is 00:00:06, which must not be more than {Section}:TotalTimeout (00:00:05). Shorten the one or lengthen the other.")]
    [InlineData("RetryPause", "00:00:02", $"RetryPause is 00:00:02: with {Section}:MaxRetries (2) the pauses add up to 00:00:06, which must be less than {Section}:TotalTimeout (00:00:05). Lower one of the first two, or raise the last.")]
    [InlineData("MaxConcurency", "8", "MaxConcurency is not a setting. Remove it, or spell it as one of TotalTimeout, MaxRetries, RetryPause, MaxConcurrency, MaxQueue, MaxQueueTime.")]
    public async Task A_wrong_setting_is_one_line_and_exit_code_1(string key, string value, string line)
    {
        var (error, exitCode) = await RunAsync(Build(($"{Section}:{key}", value)));

        Assert.Equal($"{Section}:{line}\n", error);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task What_is_set_is_what_the_catalogue_shows_from_the_outside_in()
    {
        await using var app = Build(($"{Section}:TotalTimeout", "00:00:07"), ($"{Section}:MaxRetries", "1"), ($"{Section}:RetryPause", "00:00:00.5"), ($"{Section}:MaxConcurrency", "3"));

        app.Services.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline("moves");

        var strategies = app.Services.GetRequiredService<ResilienceCatalogue>().Describe().Single(static pipeline => pipeline.Name == "moves").Strategies;
        Assert.Equal(["timeout", "retry", "bulkhead"], strategies.Select(static strategy => strategy.Kind));
        Assert.Equal(7.0, strategies[0].Options["timeoutSeconds"]);
        Assert.Equal((1, 0.5, 7.0), (strategies[1].Options["maxRetryAttempts"], strategies[1].Options["delaySeconds"], strategies[1].Options["maxDelaySeconds"]));
        Assert.Equal((3, 128, 1.0), (strategies[2].Options["maxConcurrency"], strategies[2].Options["maxQueue"], strategies[2].Options["maxQueueTimeSeconds"]));
    }

    [Fact]
    public async Task Without_a_concurrency_the_pool_is_the_limit()
    {
        await using var app = Build();

        app.Services.GetRequiredService<ResiliencePipelineProvider<string>>().GetPipeline("moves");

        Assert.Equal(
            ["timeout", "retry"],
            app.Services.GetRequiredService<ResilienceCatalogue>().Describe().Single(static pipeline => pipeline.Name == "moves").Strategies.Select(static strategy => strategy.Kind));
    }

    [Fact]
    public async Task Configuration_wins_over_what_the_service_says()
    {
        await using var app = Build(configure: static moves => (moves.MaxRetries, moves.MaxQueue) = (5, 6), settings: ($"{Section}:MaxRetries", "4"));

        var options = app.Services.GetRequiredService<IOptionsMonitor<DatabasePipelineOptions>>().Get("moves");
        Assert.Equal((4, 6), (options.MaxRetries, options.MaxQueue));
    }

    private static WebApplication Build(params (string Key, string Value)[] settings) => Build(configure: null, settings);

    private static WebApplication Build(Action<DatabasePipelineOptions>? configure, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)));
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.AddDatabasePipeline("moves", "Moves", configure);
        return builder.Build();
    }

    private static async Task<(string Error, int ExitCode)> RunAsync(WebApplication app)
    {
        await using var written = new StringWriter { NewLine = "\n" };
        var before = (Console.Error, Environment.ExitCode);
        try
        {
            Console.SetError(written);
            await app.RunServiceAsync();
            return (written.ToString(), Environment.ExitCode);
        }
        finally
        {
            Console.SetError(before.Error);
            Environment.ExitCode = before.ExitCode;
        }
    }
}
