namespace Resilience.Bulkheads;

/// <summary>What runs in production: no steps, and the lock itself.</summary>
internal readonly struct Unwatched : IGateSteps
{
    public static void Reach()
    {
    }

    public static void Enter(Lock gate) => gate.Enter();

    public static void Exit(Lock gate) => gate.Exit();
}
