using LocalRunner.Processes;

namespace LocalRunner.Orchestration;

/// <summary>Chooses the port of a service that a person will look for at the same place again.</summary>
internal static class PortChoice
{
    private const int Neighbours = 100;
    private const int LastPort = 65_535;

    /// <summary>Keeps to the wanted port where that is free, else takes the next one.</summary>
    /// <param name="wanted">The port of the launch profile.</param>
    /// <param name="reserved">The ports that the application's other services want or have.</param>
    /// <param name="isFree">Tells whether nobody listens on a port.</param>
    /// <returns>The port; where no neighbour is free either, any.</returns>
    public static int Near(int wanted, IReadOnlyCollection<int> reserved, Func<int, bool> isFree)
    {
        if (isFree(wanted))
        {
            return wanted;
        }

        var next = Enumerable.Range(wanted + 1, Math.Min(Neighbours, LastPort - wanted)).FirstOrDefault(port => !reserved.Contains(port) && isFree(port));
        return next != 0 ? next : PortAllocator.Next();
    }
}
