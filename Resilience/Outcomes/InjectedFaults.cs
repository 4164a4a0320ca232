using Polly;

namespace Resilience.Outcomes;

/// <summary>Marks calls that were broken on purpose, so that nothing learns from them what calls are like.</summary>
internal static class InjectedFaults
{
    private static readonly ResiliencePropertyKey<bool> _mark = new("resilience.fault.injected");
    private static bool _exist;

    /// <summary>Gets or sets a value indicating whether this process has ever had a fault: until then a look at the mark costs one read of a field.</summary>
    public static bool Exist
    {
        get => Volatile.Read(ref _exist);
        set => Volatile.Write(ref _exist, value);
    }

    /// <summary>Marks a call.</summary>
    /// <param name="context">The call's.</param>
    public static void Mark(ResilienceContext context) => context.Properties.Set(_mark, true);

    /// <summary>Gets whether a call is marked.</summary>
    /// <param name="context">The call's; null when it has none.</param>
    /// <returns>True when it was broken on purpose.</returns>
    public static bool Has(ResilienceContext? context) => Exist && context is not null && context.Properties.GetValue(_mark, false);
}
