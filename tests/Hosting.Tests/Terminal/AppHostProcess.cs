using System.Diagnostics;
using System.Globalization;
using Hosting.Tests.App;
using Hosting.Tests.Processes;
using LocalRunner.Processes;
using Xunit;

namespace Hosting.Tests.Terminal;

/// <summary>The tests' AppHost as a person starts it: a process of its own, with what it prints.</summary>
internal sealed class AppHostProcess : IDisposable
{
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private AppHostProcess(Process process) => _process = process;

    /// <summary>Gets the signal of Ctrl+C; a shell that runs these tests in the background makes all of them ignore that one, so SIGTERM then.</summary>
    public static string CtrlC { get; } = IgnoresInterrupts() ? "TERM" : "INT";

    /// <summary>Gets what it has printed so far.</summary>
    public string Text
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public int ExitCode => _process.ExitCode;

    public static AppHostProcess Start(string data, params string[] args)
    {
        var process = new Process
        {
            StartInfo = new(DotNetHost.FullPath, [new Self().TargetPath, .. args])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["RESILIENCE_DATA"] = data },
            },
        };
        var host = new AppHostProcess(process);
        process.OutputDataReceived += host.OnLine;
        process.ErrorDataReceived += host.OnLine;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return host;
    }

    public Task WaitForTextAsync(string text) => Eventually.IsTrueAsync(
        () => Text.Contains(text, StringComparison.Ordinal) ? true : _process.HasExited ? throw new InvalidOperationException($"It ended without '{text}':\n{Text}") : false,
        _startWithin);

    /// <summary>Gets the numbers of the processes that it has noted down as its own.</summary>
    public static IReadOnlyList<int> ChildrenIn(string data) =>
        [.. File.ReadLines(Path.Combine(data, "processes")).Select(static line => int.Parse(line.Split('\t')[0], CultureInfo.InvariantCulture))];

    public void Signal(string signal) => Process.Start("/bin/kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]).Dispose();

    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> WaitForExitAsync()
    {
        var waiting = Stopwatch.StartNew();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return waiting.Elapsed;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static bool IgnoresInterrupts()
    {
        const int Interrupt = 1 << 1; // signal 2; the mask's lowest bit is signal 1
        var ignored = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        return ignored is not null && (ulong.Parse(ignored["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
    }

    private void OnLine(object sender, DataReceivedEventArgs line)
    {
        lock (_lines)
        {
            if (line.Data is not null)
            {
                _lines.Add(line.Data);
            }
        }
    }
}
