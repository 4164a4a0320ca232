using Microsoft.Extensions.ObjectPool;

namespace Resilience.Tests.ObjectPools;

/// <summary>What the tests pool: it knows its owner and whether it was disposed.</summary>
internal sealed class Pooled : IDisposable
{
    private int _renters;

    public int Disposals { get; private set; }

    public void Dispose() => Disposals++;

    /// <summary>Takes it for oneself; false when somebody else has it.</summary>
    public bool TryEnter() => Interlocked.Increment(ref _renters) == 1;

    public void Leave() => Interlocked.Decrement(ref _renters);
}

/// <summary>A policy with a script.</summary>
internal sealed class ScriptedPolicy : IPooledObjectPolicy<Pooled>
{
    public Func<Pooled> OnCreate { get; set; } = static () => new();

    public Func<Pooled, bool> OnReturn { get; set; } = static _ => true;

    public int Resets { get; private set; }

    public Pooled Create() => OnCreate();

    public bool Return(Pooled obj)
    {
        Resets++;
        return OnReturn(obj);
    }
}
