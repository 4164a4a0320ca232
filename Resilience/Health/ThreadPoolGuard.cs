using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Resilience.Validation;

namespace Resilience.Health;

/// <summary>Keeps the thread pool answering while blocked work holds its threads: else a process would be taken for dead because it waits.</summary>
/// <remarks>
/// The pool adds a thread or two a second by itself, so a hundred blocked ones are a minute in which nobody gets an answer. A thread of this guard's own asks the
/// pool to run something, and when that doesn't happen in time, raises the pool's minimum by what is waiting. It treats the symptom: whoever blocks the
/// pool is to be found and mended, which is why the delay is there to be seen. Safe for concurrent use; one for a process.
/// </remarks>
public sealed class ThreadPoolGuard : IThreadPoolWorkItem, IDisposable
{
    private const int LeastStep = 4;

    private readonly ThreadPoolGuardOptions _options;
    private readonly ManualResetEventSlim _answered = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly int _minimum;
    private long _delayTicks;
    private long _rescues;

    /// <summary>Makes a guard, and starts its thread.</summary>
    /// <param name="options">When it acts; the defaults when null. Read once.</param>
    /// <exception cref="ValidationException"><paramref name="options"/> has a value outside its range.</exception>
    public ThreadPoolGuard(ThreadPoolGuardOptions? options = null)
    {
        _options = options ?? new();
        OptionRanges.Check(_options, "The guard of the thread pool");
        ThreadPool.GetMinThreads(out _minimum, out _);
        HealthTelemetry.Watch(this);
        _thread = new(Watch) { Name = "Thread pool guard", IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _thread.UnsafeStart(); // under nobody's context
    }

    /// <summary>Gets how long the pool let the last thing wait that it was asked to run; while it waits yet, how long it has.</summary>
    public TimeSpan Delay => new(Volatile.Read(ref _delayTicks));

    /// <summary>Gets how often the pool was given threads.</summary>
    public long Rescues => Volatile.Read(ref _rescues);

    /// <inheritdoc />
    void IThreadPoolWorkItem.Execute() => _answered.Set();

    /// <summary>Ends the guarding, and takes the minimum back to what it was.</summary>
    public void Dispose()
    {
        if (_stop.IsSet)
        {
            return;
        }

        HealthTelemetry.Forget(this);
        _stop.Set();
        _thread.Join();
        SetMinimum(_minimum);
        _stop.Dispose(); // not the other: the pool may run what it was asked to yet
    }

    private void Watch()
    {
        var calmSince = Stopwatch.GetTimestamp();
        do
        {
            if (!Ask())
            {
                calmSince = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(calmSince) >= _options.CalmAfter)
            {
                SetMinimum(_minimum);
            }
        }
        while (!_stop.Wait(_options.Interval));
    }

    // Whether it was answered in time.
    private bool Ask()
    {
        _answered.Reset();
        var asked = Stopwatch.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        var inTime = true;
        while (!_answered.Wait(_options.Interval) && !_stop.IsSet)
        {
            inTime = false;
            Volatile.Write(ref _delayTicks, Stopwatch.GetElapsedTime(asked).Ticks);
            AddThreads();
        }

        Volatile.Write(ref _delayTicks, Stopwatch.GetElapsedTime(asked).Ticks);
        return inTime;
    }

    // As many as wait, since those ahead may block as well; whoever has more waiting than that is overloaded and not starved.
    private void AddThreads()
    {
        var waiting = (int)Math.Min(ThreadPool.PendingWorkItemCount, _options.MaxThreads);
        var wanted = Math.Min(ThreadPool.ThreadCount + Math.Max(LeastStep, waiting), _options.MaxThreads);
        ThreadPool.GetMinThreads(out var minimum, out _);
        if (wanted > minimum && SetMinimum(wanted))
        {
            Interlocked.Increment(ref _rescues);
        }
    }

    private static bool SetMinimum(int threads)
    {
        ThreadPool.GetMinThreads(out var minimum, out var completionPort);
        return minimum == threads || ThreadPool.SetMinThreads(threads, completionPort);
    }
}
