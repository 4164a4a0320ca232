namespace Resilience.Interleaving;

/// <summary>The places at which another thread may come between, and the lock: what a test of all interleavings must have in hand.</summary>
/// <remarks>Taken as a type argument, so that <see cref="Unwatched"/> compiles to nothing.</remarks>
internal interface ISteps
{
    /// <summary>Stands before each access to shared state outside the lock, and before each atomic one inside it.</summary>
    static abstract void Reach();

    static abstract void Enter(Lock gate);

    static abstract void Exit(Lock gate);
}
