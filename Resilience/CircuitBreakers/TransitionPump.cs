namespace Resilience.CircuitBreakers;

/// <summary>Tells of transitions one after the other, in the order in which they were put in, on a pool thread.</summary>
/// <remarks>
/// Safe for concurrent use; its lock, which is itself, is never held while it tells. Nobody's ambient context flows along: who caused a transition
/// is not who listens. Small until the first transition, since most of a thousand partitions never change.
/// </remarks>
/// <param name="listener">Is told; what it throws is its own affair, so it must not.</param>
internal sealed class TransitionPump(ITransitionListener listener) : IThreadPoolWorkItem
{
    private Queue<CircuitTransition>? _waiting;
    private bool _running;

    /// <summary>Puts a transition in, and sees to it that it is told soon.</summary>
    /// <param name="transition">The transition.</param>
    public void Put(in CircuitTransition transition)
    {
        lock (this)
        {
            (_waiting ??= new()).Enqueue(transition);
            if (_running)
            {
                return;
            }

            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake(out var transition))
        {
            listener.Heard(transition);
        }
    }

    private bool TryTake(out CircuitTransition transition)
    {
        lock (this)
        {
            return _running = _waiting!.TryDequeue(out transition);
        }
    }
}
