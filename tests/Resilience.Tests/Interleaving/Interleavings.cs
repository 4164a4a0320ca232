using Resilience.Interleaving;

namespace Resilience.Tests.Interleaving;

/// <summary>Production code's steps, handed to <see cref="Interleavings"/>.</summary>
internal readonly struct Explored : ISteps
{
    public static void Reach() => Interleavings.Actor.Current?.Step();

    public static void Enter(Lock gate) => Interleavings.Actor.Current?.Enter();

    public static void Exit(Lock gate) => Interleavings.Actor.Current?.Exit();
}

/// <summary>Runs a few short bodies against each other in every order of their steps, each order once and always the same way.</summary>
/// <remarks>
/// One body runs at a time; at each step it decides, by a path that is followed depth first, who goes on. A switch away from a body that could
/// have gone on is a preemption, and their number is bounded: nearly all faults need two at most, and the orders stay countable.
/// Source: M. Musuvathi, S. Qadeer, <i>Iterative Context Bounding for Systematic Testing of Multithreaded Programs</i>, PLDI 2007 (CHESS).
/// Microsoft Coyote does this for tasks and monitors; its releases end at .NET 8, and neither <c>Lock</c> nor <c>Interlocked</c> is in its hands.
/// </remarks>
internal sealed class Interleavings : IDisposable
{
    private readonly Actor[] _actors;
    private readonly SemaphoreSlim _over = new(0);
    private readonly List<(int Chosen, int Options)> _path = [];
    private readonly int _maxPreemptions;
    private int _depth;
    private int _preemptions;
    private Actor? _owner; // of the lock: what is explored has one at most
    private Action? _invariant;
    private Exception? _fault;

    private Interleavings(int actors, int maxPreemptions)
    {
        _maxPreemptions = maxPreemptions;
        _actors = [.. Enumerable.Range(0, actors).Select(_ => new Actor(this))];
    }

    /// <summary>Runs every order.</summary>
    /// <param name="maxPreemptions">How often a body that could have gone on is held up.</param>
    /// <param name="scenario">Makes the bodies, from scratch for each order; what holds at every step; and what holds at the end.</param>
    /// <returns>How many orders there were.</returns>
    public static int Explore(int maxPreemptions, Func<(Action[] Bodies, Action Invariant, Action Check)> scenario)
    {
        var first = scenario();
        using var explorer = new Interleavings(first.Bodies.Length, maxPreemptions);
        for (var orders = 1; ; orders++)
        {
            var (bodies, invariant, check) = orders == 1 ? first : scenario();
            explorer.Run(bodies, invariant);
            check();
            if (!explorer.Advance())
            {
                return orders;
            }
        }
    }

    public void Dispose()
    {
        foreach (var actor in _actors)
        {
            actor.Dispose();
        }

        _over.Dispose();
    }

    private void Run(Action[] bodies, Action invariant)
    {
        (_depth, _preemptions, _owner, _fault, _invariant) = (0, 0, null, null, invariant);
        for (var index = 0; index < bodies.Length; index++)
        {
            _actors[index].Begin(bodies[index]);
        }

        Choose(null).Go();
        _over.Wait();
        if (_fault is not null)
        {
            throw new InvalidOperationException($"After the choices {string.Join(' ', _path.Take(_depth).Select(step => step.Chosen))}: {_fault.Message}", _fault);
        }
    }

    // The last choice that has another option takes it; what came after it is forgotten.
    private bool Advance()
    {
        while (_path.Count > 0)
        {
            var (chosen, options) = _path[^1];
            _path.RemoveAt(_path.Count - 1);
            if (chosen + 1 < options)
            {
                _path.Add((chosen + 1, options));
                return true;
            }
        }

        return false;
    }

    private Actor Choose(Actor? current)
    {
        var goesOn = current is { IsDone: false, IsBlocked: false };
        var options = new List<Actor>();
        if (goesOn)
        {
            options.Add(current!);
        }

        if (!goesOn || _preemptions < _maxPreemptions)
        {
            options.AddRange(_actors.Where(actor => actor != current && actor is { IsDone: false, IsBlocked: false }));
        }

        if (options.Count == 0)
        {
            throw new InvalidOperationException("Nobody can go on: a deadlock.");
        }

        if (_depth == _path.Count)
        {
            _path.Add((0, options.Count));
        }

        var next = options[_path[_depth++].Chosen];
        _preemptions += goesOn && next != current ? 1 : 0;
        return next;
    }

    /// <summary>One who runs a body, on a thread of its own that mostly waits.</summary>
    internal sealed class Actor : IDisposable
    {
        [ThreadStatic]
        private static Actor? _current;

        private readonly Interleavings _explorer;
        private readonly SemaphoreSlim _turn = new(0);
        private readonly Thread _thread;
        private Action? _body;

        public Actor(Interleavings explorer)
        {
            _explorer = explorer;
            _thread = new Thread(Live) { IsBackground = true };
            _thread.Start();
        }

        public static Actor? Current => _current;

        public bool IsDone { get; private set; }

        public bool IsBlocked { get; private set; }

        public void Begin(Action body) => (_body, IsDone, IsBlocked) = (body, false, false);

        public void Go() => _turn.Release();

        public void Dispose()
        {
            _body = null;
            Go();
            _thread.Join();
            _turn.Dispose();
        }

        public void Step()
        {
            _explorer._invariant?.Invoke();
            Yield();
        }

        public void Enter()
        {
            Yield();
            while (_explorer._owner is not null)
            {
                IsBlocked = true;
                Yield();
            }

            _explorer._owner = this;
        }

        public void Exit()
        {
            _explorer._owner = null;
            foreach (var actor in _explorer._actors)
            {
                actor.IsBlocked = false;
            }
        }

        private void Yield()
        {
            var next = _explorer.Choose(this);
            if (next != this)
            {
                next.Go();
                _turn.Wait();
            }
        }

        private void Live()
        {
            _current = this;
            while (true)
            {
                _turn.Wait();
                if (_body is null)
                {
                    return;
                }

                try
                {
                    _body();
                }
                catch (Exception exception)
                {
                    _explorer._fault ??= exception;
                }

                IsDone = true;
                Leave();
            }
        }

        private void Leave()
        {
            if (_explorer._actors.All(static actor => actor.IsDone))
            {
                _explorer._over.Release();
                return;
            }

            try
            {
                _explorer.Choose(this).Go();
            }
            catch (InvalidOperationException deadlock)
            {
                _explorer._fault ??= deadlock;
                _explorer._over.Release();
            }
        }
    }
}
