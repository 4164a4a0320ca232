using System.Globalization;
using System.Runtime.InteropServices;
using LocalRunner.ApplicationModel;
using LocalRunner.Orchestration;
using LocalRunner.Preflight;

namespace LocalRunner.Terminal;

/// <summary>The AppHost as a person sees it: from the first line to the one that says what was stopped.</summary>
internal sealed class AppHostConsole(Orchestrator orchestrator, string[] args)
{
    private const int Failure = 1;
    private const int Misuse = 2;
    private const int Interrupted = 130; // 128 + SIGINT, as a shell counts

    // One Ctrl+C may arrive twice: once from the terminal and once passed on by what started us, as timeout and some task runners do.
    private static readonly TimeSpan _onePress = TimeSpan.FromMilliseconds(250);

    private readonly Style _style = Style.OfThisTerminal;
    private readonly TextWriter _output = Console.Out;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _askedAt;

    /// <summary>Starts the application, and stops it when asked to.</summary>
    /// <param name="cancellationToken">Asks to stop, as Ctrl+C does.</param>
    /// <returns>The exit code: 0, or why nothing was started.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var arguments = Arguments.Parse(args);
        if (arguments.Error is not null)
        {
            await Console.Error.WriteLineAsync(arguments.Error);
            return Misuse;
        }

        if (arguments.Help)
        {
            await _output.WriteLineAsync(Arguments.HelpText);
            return 0;
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        await using var asked = cancellationToken.Register(() => _asked.TrySetResult());
        await _output.WriteLineAsync($"{_style.Strong("Resilience.Aspire")}   local mode: LocalRunner, a stand-in for Aspire; no Docker needed   (--help)");
        try
        {
            if (!await StartAsync(arguments.Reset, cancellationToken))
            {
                return Failure;
            }
        }
        catch (LocalRunnerException failure)
        {
            await _output.WriteLineAsync($" {_style.Bad("✗")} {failure.Message}");
            return Failure;
        }

        await _asked.Task;
        orchestrator.Notifications.Changed = null;
        await _output.WriteLineAsync("\n Stopping; Ctrl+C again stops hard.");
        Report(await orchestrator.StopAsync());
        return 0;
    }

    private Task<bool> StartAsync(bool reset, CancellationToken cancellationToken)
    {
        var screen = new StartupScreen(
            _output, _style, orchestrator.Resources, instance => orchestrator.Find(instance)[0].Output.Snapshot(), Addresses, orchestrator.TimeProvider);
        orchestrator.Notifications.Changed = screen.OnChange;
        return orchestrator.StartAsync(cancellationToken, reset, Inspect);
    }

    private bool Inspect(IReadOnlyList<PreflightFinding> findings)
    {
        foreach (var line in PreflightLines.Of(findings, _style))
        {
            _output.WriteLine(line);
        }

        return !findings.Any(static finding => finding.Level is PreflightLevel.Problem);
    }

    // What a person opens or calls first. A launch profile's launchUrl says what is worth a look.
    private IEnumerable<string> Addresses()
    {
        foreach (var resource in orchestrator.Resources.Where(static resource => resource.Annotations.OfType<ExternalHttpEndpointsAnnotation>().Any()))
        {
            var endpoint = orchestrator.EndpointOf(resource.Name, "http");
            var label = char.ToUpperInvariant(resource.Name[0]) + resource.Name[1..];
            yield return $"   {label,-10}{endpoint.GetLeftPart(UriPartial.Authority)}";
            if (orchestrator.ProfileOf(resource)?.LaunchUrl is { } look)
            {
                yield return $"   {"try:",-10}curl -s \"{new Uri(endpoint, look)}\"";
            }
        }
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        var now = orchestrator.TimeProvider.GetTimestamp();
        var before = Interlocked.CompareExchange(ref _askedAt, now, comparand: 0);
        if (_asked.TrySetResult() || orchestrator.TimeProvider.GetElapsedTime(before, now) < _onePress)
        {
            return;
        }

        _output.WriteLine(" Stopping hard.");
        _ = Task.Run(async () =>
        {
            await orchestrator.KillAsync();
            Environment.Exit(Interrupted);
        });
    }

    private void Report(StopReport report)
    {
        var killed = report.Killed.Count == 0 ? "" : _style.Notable($" Killed, since they didn't stop in time: {string.Join(", ", report.Killed)}.");
        _output.WriteLine(report.Stopped.Count == 0
            ? " Nothing was running."
            : string.Create(CultureInfo.InvariantCulture, $" Stopped {string.Join(", ", report.Stopped)} in {report.Took.TotalSeconds:F1} s.{killed}"));
    }
}
