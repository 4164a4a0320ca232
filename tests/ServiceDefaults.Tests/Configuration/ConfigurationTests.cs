using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace ServiceDefaults.Tests.Configuration;

[Collection("The process's exit code")]
public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("Shop:Ratio", "1.5", "Shop:Ratio is 1.5, which must be from 0 to 1. Change it, or set Shop__Ratio.")]
    [InlineData("Shop:Pause", "00:00:00", "Shop:Pause is 00:00:00, which must be from 00:00:01 to 00:01:00. Change it, or set Shop__Pause.")]
    [InlineData("Shop:Pauze", "1", "Shop:Pauze is not a setting. Remove it, or spell it as one of Ratio, Pause.")]
    [InlineData("Shop:Pause", "soon", "Failed to convert configuration value 'soon' at 'Shop:Pause' to type 'System.TimeSpan'. Give it a value of that type, or remove it.")]
    [InlineData("Shop:Ratio", "0.75", "Shop:Ratio is 0.75, which leaves too little for Shop:Pause.")]
    public void A_wrong_setting_is_one_line_with_key_value_and_mend(string key, string value, string line)
    {
        var app = TestService.Build(configure: static builder => builder.AddValidatedOptions<ShopOptions>("Shop"), settings: [(key, value)]);

        var invalid = Assert.Throws<OptionsValidationException>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Equal([line], invalid.Failures);
    }

    [Fact]
    public async Task A_missing_connection_string_is_one_line_and_exit_code_1()
    {
        var (error, exitCode) = await RunAsync(("ConnectionStrings:cache", "localhost:6379"));

        Assert.Equal("ConnectionStrings:ordersdb is missing. Start this service through AppHost, or set ConnectionStrings__ordersdb.\n", error);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task An_unreadable_connection_string_is_named_and_not_shown()
    {
        var (error, exitCode) = await RunAsync(("ConnectionStrings:ordersdb", "Passwort=canary"), ("ConnectionStrings:cache", "localhost:6379"));

        Assert.StartsWith("ConnectionStrings:ordersdb can't be read", error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("not-a-url")]
    [InlineData("localhost:4317")]
    public async Task A_telemetry_address_that_cannot_be_read_is_one_line_and_exit_code_1(string endpoint)
    {
        var (error, exitCode) = await RunAsync(
            ("ConnectionStrings:ordersdb", "Host=localhost"), ("ConnectionStrings:cache", "localhost:1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));

        Assert.Equal($"OTEL_EXPORTER_OTLP_ENDPOINT is '{endpoint}', which is no address. Write it as http://localhost:4317, or unset it.\n", error);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        var (error, _) = await RunAsync();

        Assert.Equal(2, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_named_with_what_to_do_about_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://{other.LocalEndpoint}";

        using var lines = new Lines();
        var (error, exitCode) = await RunAsync(lines, ("ConnectionStrings:ordersdb", "Host=localhost"), ("ConnectionStrings:cache", "localhost"), ("taken", address));

        Assert.Equal($"Failed to bind to address {address}: address already in use. End what listens there, or have this service listen elsewhere: --urls http://localhost:5099, or ASPNETCORE_URLS.\n", error);
        Assert.Equal(1, exitCode);
        Assert.DoesNotContain(lines.All, static line => line.Contains("Hosting failed to start", StringComparison.Ordinal)); // with its stack trace
    }

    private static Task<(string Error, int ExitCode)> RunAsync(params (string Key, string Value)[] settings) => RunAsync(null, settings);

    private static async Task<(string Error, int ExitCode)> RunAsync(Lines? lines, params (string Key, string Value)[] settings)
    {
        var app = TestService.Build(
            configure: builder =>
            {
                builder.AddRequiredConnectionString("ordersdb", static value => _ = new Npgsql.NpgsqlConnectionStringBuilder(value));
                builder.AddRedisCache("cache");
                builder.WebHost.UseUrls(builder.Configuration["taken"] ?? "http://127.0.0.1:0");
                if (lines is not null)
                {
                    builder.Logging.AddProvider(lines);
                }
            },
            settings: settings);
        using var written = new StringWriter { NewLine = "\n" };
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

    private sealed class ShopOptions : IValidatableObject
    {
        [Range(0d, 1d)]
        public double Ratio { get; set; }

        [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
        public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(1);

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
            Ratio > 0.5 ? [new(FormattableString.Invariant($"Shop:Ratio is {Ratio}, which leaves too little for Shop:Pause."))] : [];
    }
}
