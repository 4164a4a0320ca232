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
        var root = shop.Parts.ProcessIdOf(instance);
        Stop(root); // first, so that it makes no others meanwhile
        foreach (var child in ProcessTree.DescendantsOf(root))
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
}
