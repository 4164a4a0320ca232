namespace Resilience.Interleaving;

/// <summary>What runs in production: no steps, and the lock itself.</summary>
internal readonly struct Unwatched : ISteps
{
    public static void Reach()
    {
    }

    public static void Enter(Lock gate) => gate.Enter();

    public static void Exit(Lock gate) => gate.Exit();
}
