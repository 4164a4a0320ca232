using System.Reflection;
using System.Runtime.InteropServices;
using AppHost.Recovery;
using EmbeddedStores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AppHost.Start;

/// <summary>The start of the AppHost as a person sees it: options, a clean environment, ports, the block at the end, the exit code.</summary>
internal sealed class AppStart
{
    private const int Failure = 1;
    private const int Misuse = 2;
    private const int Interrupted = 130; // 128 + SIGINT, as a shell counts
    private const string DashboardUrls = "ASPNETCORE_URLS";

    // The launch profile says which ports a person looks for at the same place again.
    private static readonly string[] _dashboardAddresses = [DashboardUrls, "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"];

    // One Ctrl+C may arrive twice: from the terminal, and passed on by what started this process.
    private static readonly TimeSpan _onePress = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _clock = Clock();
    private readonly Style _style = Style.OfThisTerminal;
    private readonly List<string> _notes = [];
    private readonly List<StartAddress> _addresses = [];
    private readonly long _began;
    private long? _asked;

    /// <summary>Reads the arguments, cleans the environment and chooses the dashboard's ports.</summary>
    /// <param name="args">The arguments.</param>
    public AppStart(string[] args)
    {
        _began = _clock.GetTimestamp();
        var arguments = Arguments.Parse(args);
        if (arguments.Error is not null)
        {
            Console.Error.WriteLine(arguments.Error);
            (IsOver, ExitCode) = (true, Misuse);
        }
        else if (arguments.Help)
        {
            Console.Out.WriteLine(Arguments.HelpText);
            IsOver = true;
        }

        Options = new() { Args = arguments.Configuration, DashboardApplicationName = "Resilience.Aspire" };
        if (IsOver)
        {
            return;
        }

        if (ShellEnvironment.Clean() is { Count: > 0 } removed)
        {
            _notes.Add($"Set in this shell, and not passed on to the services: {string.Join(", ", removed)}. Telemetry goes to the dashboard; settings are in README's table.");
        }

        Environment.SetEnvironmentVariable("ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN", DashboardToken.Get());
        foreach (var name in _dashboardAddresses)
        {
            if (!IsPublishing && Uri.TryCreate(Environment.GetEnvironmentVariable(name)?.Split(';')[0], UriKind.Absolute, out var wanted) && wanted.Port != 0)
            {
                Environment.SetEnvironmentVariable(name, new UriBuilder(wanted) { Port = Claim(wanted.Port, "the dashboard") }.Uri.GetLeftPart(UriPartial.Authority));
            }
        }
    }

    /// <summary>Gets whether the start is over before it began: help was asked for, or an option means nothing.</summary>
    public bool IsOver { get; }

    /// <summary>Gets the exit code of a start that is over.</summary>
    public int ExitCode { get; }

    /// <summary>Gets what Aspire's builder is made with.</summary>
    public DistributedApplicationOptions Options { get; }

    // No port is used then, and no builder is there yet to ask.
    private bool IsPublishing => Options.Args!.Contains("publish", StringComparer.Ordinal);

    // Tests start the AppHost inside their own process, and neither read nor wait for what it writes.
    private static bool IsProgram => Assembly.GetEntryAssembly() == typeof(AppStart).Assembly;

    /// <summary>Puts a service at a port where a person looks for it again, and names it in the block at the end of the start.</summary>
    /// <param name="service">The service.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="port">The port to have if it is free; else the next one is used, and a line says so.</param>
    /// <param name="page">A path that shows something in a terminal and in a browser.</param>
    public void Show(IResourceBuilder<ProjectResource> service, string name, int port, string page)
    {
        if (service.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            var claimed = Claim(port, service.Resource.Name);
            service.WithEndpoint("http", endpoint => endpoint.Port = claimed);
        }

        _addresses.Add(new(name, () => service.GetEndpoint("http").Url, service.Resource, url => $"curl -s '{url}{page}'"));
    }

    /// <summary>Builds the application and runs it until it is told to stop.</summary>
    /// <param name="builder">What to run.</param>
    /// <returns>The exit code: 0, or why the start failed.</returns>
    public async Task<int> RunAsync(IDistributedApplicationBuilder builder)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt);
        try
        {
            if (builder.ExecutionContext.IsRunMode)
            {
                AddServices(builder);
            }

            var findings = await StorePreflight.CheckAsync(builder, CancellationToken.None);
            await WriteAsync(findings);
            if (findings.Any(static finding => finding.IsProblem))
            {
                return Failure;
            }

            await using var app = builder.Build();
            await app.RunAsync();
            return 0;
        }
        catch (Exception failure) when (IsProgram && failure is DistributedApplicationException or OptionsValidationException or IOException or TimeoutException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{_style.Bad("✗")} {failure.Message}");
            return Failure;
        }
    }

    private async Task WriteAsync(IReadOnlyList<StoreFinding> findings)
    {
        foreach (var note in _notes.Concat(findings.Where(static finding => !finding.IsProblem).Select(static finding => finding.Text)))
        {
            await Console.Out.WriteLineAsync(_style.Notable($"! {note}"));
        }

        foreach (var problem in findings.Where(static finding => finding.IsProblem))
        {
            await Console.Error.WriteLineAsync($"{_style.Bad("✗")} {problem.Text}");
        }
    }

    private void AddServices(IDistributedApplicationBuilder builder)
    {
        var resources = builder.Resources.Where(static resource => resource is IResourceWithWaitSupport and not IResourceWithParent).ToList();
        if (Environment.GetEnvironmentVariable(DashboardUrls) is { } dashboard) // else Aspire chooses it, and says so
        {
            _addresses.Insert(0, new("Dashboard", () => $"{dashboard}/login?t={builder.Configuration["AppHost:BrowserToken"]}"));
        }

        var recovery = ResourceRecovery.OptionsIn(builder.Configuration); // here, where a wrong setting is one line
        builder.Services.AddSingleton(_clock);
        builder.Services.AddSingleton<ResourceWatch>();
        builder.Services.AddSingleton(services =>
        {
            var watch = services.GetRequiredService<ResourceWatch>();
            var lines = new LastLines(services.GetRequiredService<ResourceLoggerService>(), _clock);
            return new StartScreen(watch, new StartReport(resources, watch, lines.OfAsync, _addresses, Console.Out, _style, _clock, _began), services.GetRequiredService<IHostApplicationLifetime>(), _clock);
        });
        builder.Services.AddSingleton(services => new ResourceRecovery(
            services.GetRequiredService<ResourceWatch>(), services.GetRequiredService<ResourceCommandService>(), resources, recovery, _clock));

        // First of all: Aspire's own service starts the resources, and the ones after it start when it has.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(static services => services.GetRequiredService<ResourceWatch>()));
        if (IsProgram)
        {
            builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(static services => services.GetRequiredService<StartScreen>()));
        }

        builder.Services.AddSingleton<IHostedService>(static services => services.GetRequiredService<ResourceRecovery>());
    }

    private int Claim(int wanted, string user)
    {
        var port = LoopbackPorts.ReserveNear(wanted);
        if (port != wanted)
        {
            _notes.Add($"Port {wanted} of {user} is taken by {PortHolder.Find(wanted) ?? "another program"}; {port} is used instead.");
        }

        return port;
    }

    private void OnInterrupt(PosixSignalContext context)
    {
        if (_asked is not { } asked)
        {
            _asked = _clock.GetTimestamp();
        }
        else if (_clock.GetElapsedTime(asked) > _onePress)
        {
            Environment.Exit(Interrupted); // the orchestrator notices, and ends what it started
        }
    }

#pragma warning disable RS0030 // The one place where the AppHost gets its clock.
    private static TimeProvider Clock() => TimeProvider.System;
#pragma warning restore RS0030
}
