using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shop.Testing;
using Xunit;

namespace AppHost.Tests.Hosted;

/// <summary>The AppHost as a person starts it: a process of its own, with what it prints.</summary>
internal sealed partial class AppHostProcess : IDisposable
{
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(3); // the first start on a machine may have to fetch the stores
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(50);
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private AppHostProcess(Process process) => _process = process;

    /// <summary>Gets the signal of Ctrl+C. A shell that runs these tests in the background makes all of them ignore that one; SIGTERM then.</summary>
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

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Gets the gateway's address, as the block at the end of the start names it.</summary>
    public Uri Gateway => new(GatewayLine().Match(Text).Groups["url"].Value);

    /// <summary>Gets the dashboard's address with its token, as the block at the end of the start names it.</summary>
    public Uri Dashboard => new(DashboardLine().Match(Text).Groups["url"].Value);

    /// <summary>Starts it with the environment of its launch profile.</summary>
    /// <param name="args">Its arguments.</param>
    /// <param name="shell">What the shell has set besides.</param>
    /// <param name="prefix">A command that starts it, such as one that sets limits; none by default.</param>
    /// <returns>The running process.</returns>
    public static AppHostProcess Start(IReadOnlyList<string> args, IReadOnlyDictionary<string, string>? shell = null, IReadOnlyList<string>? prefix = null)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(folder.Parent!.Parent!.FullName, "AppHost", folder.Name, "AppHost.dll");
        string[] command = [.. prefix ?? [], Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program, .. args];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in shell ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        start.Environment["ASPNETCORE_URLS"] = "http://localhost:15080";
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:15082";
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = "http://localhost:15083";
        var process = new Process { StartInfo = start };
        var host = new AppHostProcess(process);
        process.OutputDataReceived += host.OnLine;
        process.ErrorDataReceived += host.OnLine;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return host;
    }

    /// <summary>Waits until it has printed something.</summary>
    /// <param name="text">A part of it.</param>
    /// <returns>When it has.</returns>
    /// <exception cref="InvalidOperationException">It ended without that, or didn't print it in three minutes; with what it printed.</exception>
    public async Task UntilItSaysAsync(string text)
    {
        if (!await UntilItEndsOrSaysAsync(text))
        {
            throw new InvalidOperationException($"It {(_process.HasExited ? "ended" : "went on")} without '{text}':\n{Text}");
        }
    }

    /// <summary>Waits until it has printed something, or has ended.</summary>
    /// <param name="text">A part of what it prints.</param>
    /// <returns>Whether it has printed it; false after three minutes, too.</returns>
    public async Task<bool> UntilItEndsOrSaysAsync(string text)
    {
        var began = Stopwatch.GetTimestamp();
        while (!Text.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(began) > _startWithin)
            {
                return false;
            }

            await Task.Delay(_lookEvery, TestContext.Current.CancellationToken);
        }

        return true;
    }

    /// <summary>Gets everything that it has started, with everything that these have started.</summary>
    /// <returns>Names and numbers.</returns>
    public IReadOnlyList<(int Id, string Name)> Descendants()
    {
        // Aspire's orchestrator detaches itself. What belongs to this AppHost names its number, or the file that the one that does names.
        var all = ProcessTree.All();
        var roots = all.Where(each => Regex.IsMatch(each.Command, $"--monitor {Id}\\b", RegexOptions.None, TimeSpan.FromSeconds(1))).ToList();
        var files = roots.Select(static root => KubeConfig().Match(root.Command)).Where(static match => match.Success).Select(static match => match.Value).ToHashSet(StringComparer.Ordinal);
        roots.AddRange(all.Where(each => files.Any(file => each.Command.Contains(file, StringComparison.Ordinal))));
        return
        [
            .. roots.Select(static root => root.Id).Append(Id)
                .SelectMany(static root => ProcessTree.DescendantsOf(root).Append(root)).Where(id => id != Id).Distinct()
                .Select(static id => (id, ProcessTree.CommandOf(id))),
        ];
    }

    public void Signal(string signal) => Process.Start(new ProcessStartInfo("/bin/kill", ["-s", signal, Id.ToString(CultureInfo.InvariantCulture)]) { UseShellExecute = false, RedirectStandardError = true })!.Dispose();

    /// <summary>Waits for its end.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> UntilItEndsAsync()
    {
        var waiting = Stopwatch.StartNew();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return waiting.Elapsed;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(); // the orchestrator ends what it has started
            _process.WaitForExit();
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

    [GeneratedRegex(@"--kubeconfig \S+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KubeConfig();

    [GeneratedRegex(@"Gateway +(?<url>http://\S+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex GatewayLine();

    [GeneratedRegex(@"^  Dashboard +(?<url>http://\S+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DashboardLine();
}
