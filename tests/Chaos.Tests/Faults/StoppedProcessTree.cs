using System.Diagnostics;
using System.Globalization;
using Shop.Testing;

namespace Chaos.Tests.Faults;

/// <summary>A server that has stopped with all its processes (SIGSTOP): its connections stay, and nobody answers.</summary>
internal sealed class StoppedProcessTree : IDisposable
{
    private readonly List<int> _stopped = [];

    /// <summary>Stops it.</summary>
    /// <param name="shop">Whose server.</param>
    /// <param name="instance">Its name.</param>
    public StoppedProcessTree(RunningShop shop, string instance)
    {
        var root = shop.Control.GetProcessId(instance) ?? throw new InvalidOperationException($"{instance} doesn't run.");
        Stop(root); // first, so that it makes no others meanwhile
        foreach (var child in ChildrenOf(root))
        {
            Stop(child);
        }
    }

    /// <summary>Lets it run again.</summary>
    public void Dispose() => _stopped.ForEach(Signals.Continue);

    private void Stop(int process)
    {
        Signals.Stop(process);
        _stopped.Add(process);
    }

    private static List<int> ChildrenOf(int process)
    {
        using var listing = Process.Start(new ProcessStartInfo("pgrep", ["-P", process.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var children = listing.StandardOutput.ReadToEnd();
        listing.WaitForExit();
        return [.. children.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static child => int.Parse(child, CultureInfo.InvariantCulture))];
    }
}
