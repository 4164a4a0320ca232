using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Polly;

namespace Resilience.Outcomes;

/// <summary>A call that is waited for, and what a pattern does when it is over: what an async method would do, in half its time and without its bytes.</summary>
/// <remarks>
/// Five patterns around one call are five such waits. An async method copies its locals twice before it waits, and restores its context at each
/// step; this is one object, lent out again as soon as its outcome has been fetched. The ending runs in the execution context that the wait
/// began in, as it would after an <c>await</c>. The outcome can be awaited once.
/// </remarks>
/// <typeparam name="TResult">What the call returns.</typeparam>
/// <typeparam name="TEnding">What is done when it is over.</typeparam>
internal sealed class PendingOutcome<TResult, TEnding> : IValueTaskSource<Outcome<TResult>>
    where TEnding : struct, IEnding<TResult>
{
    private const int MaxSpare = 8; // for each thread: more than patterns of a kind around one call

    [ThreadStatic]
    private static PendingOutcome<TResult, TEnding>? _spare;

    // Its own and not static: a static of a generic class is looked up at each use.
    private readonly Action _resume;
    private readonly ContextCallback _step;
    private ManualResetValueTaskSourceCore<Outcome<TResult>> _core;
    private ConfiguredValueTaskAwaitable<Outcome<TResult>>.ConfiguredValueTaskAwaiter _running;
    private TEnding _ending;
    private ExecutionContext? _context;
    private PendingOutcome<TResult, TEnding>? _next;
    private int _spares; // how many lie below it in the stack, and itself
    private bool _hasEnded;

    private PendingOutcome() => (_resume, _step) = (Resume, _ => Step());

    /// <summary>Waits for a call.</summary>
    /// <param name="running">The call.</param>
    /// <param name="ending">What is done when it is over.</param>
    /// <param name="continueOnCapturedContext">Whether that is done on the synchronization context of now.</param>
    /// <returns>What the ending says.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // its locals would be cleared at the start of each call that ends at once
    public static ValueTask<Outcome<TResult>> AwaitAsync(ValueTask<Outcome<TResult>> running, in TEnding ending, bool continueOnCapturedContext)
    {
        var pending = _spare;
        if (pending is null)
        {
            pending = new();
        }
        else
        {
            (_spare, pending._next) = (pending._next, null);
        }

        pending._ending = ending;
        pending._context = ExecutionContext.Capture();
        var outcome = new ValueTask<Outcome<TResult>>(pending, pending._core.Version); // before the call may end, which may end all
        pending.Wait(running, continueOnCapturedContext);
        return outcome;
    }

    public Outcome<TResult> GetResult(short token)
    {
        var outcome = _core.GetResult(token); // throws if it was fetched before: then it may be somebody else's by now
        _core.Reset();
        Recycle();
        return outcome;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Wait(ValueTask<Outcome<TResult>> running, bool continueOnCapturedContext)
    {
        _running = running.ConfigureAwait(continueOnCapturedContext).GetAwaiter();
        _running.UnsafeOnCompleted(_resume); // of one that has ended meanwhile, on the thread pool
    }

    private void Resume()
    {
        if (_context is { } context)
        {
            ExecutionContext.Run(context, _step, null);
        }
        else
        {
            Step();
        }
    }

    private void Step()
    {
        Outcome<TResult> outcome;
        try
        {
#pragma warning disable VSTHRD002 // It is over: that is what called this.
            outcome = _running.GetResult();
#pragma warning restore VSTHRD002
        }
        catch (Exception exception)
        {
            outcome = Outcome.FromException<TResult>(exception); // an outcome should have carried it
        }

        if (_hasEnded)
        {
            _core.SetResult(outcome);
            return;
        }

        ValueTask<Outcome<TResult>> told;
        try
        {
            told = _ending.EndAsync(outcome);
        }
        catch (Exception exception)
        {
            _core.SetException(exception);
            return;
        }

        if (told.IsCompletedSuccessfully)
        {
            _core.SetResult(told.Result);
        }
        else
        {
            _hasEnded = true;
            Wait(told, continueOnCapturedContext: false); // all that is left is to pass it on
        }
    }

    private void Recycle()
    {
        _ending = default;
        _running = default;
        _context = null;
        _hasEnded = false;
        var below = _spare;
        _spares = below is null ? 1 : below._spares + 1;
        if (_spares <= MaxSpare)
        {
            (_next, _spare) = (below, this);
        }
    }
}
