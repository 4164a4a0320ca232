using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace Resilience.Bulkheads;

/// <summary>Has the caller of very short work look out for its end, which is cheaper than being called back by the thread pool.</summary>
/// <remarks>
/// For some microseconds, only when a thread was free for the work, and only as long as that has paid lately: work that blocks, which these threads
/// are for, is looked out for one time in 64. It pays if it takes less time than being called back: a caller may be about to hand more work in
/// instead of waiting, and is held up by the look-out. Approximate under races, which cost a look more or less.
/// </remarks>
internal sealed class Lookout
{
    private const int CloseLooks = 40; // some 2 µs
    private const int Looks = 80; // the later ones, which give way to other threads, some 20 µs: what waking the bulkhead's thread takes
    private const int MostCredit = 8;
    private const int TryAgain = 64;

    private static readonly TimeSpan _worthwhile = TimeSpan.FromMicroseconds(3);
    private static readonly bool _mayPay = Environment.ProcessorCount > 1;

    private int _credit = MostCredit;
    private int _skipped;

    public ValueTaskSourceStatus Await<TResult>(ref ManualResetValueTaskSourceCore<TResult> work, short token)
    {
        if (!_mayPay || (_credit <= 0 && ++_skipped % TryAgain != 0))
        {
            return ValueTaskSourceStatus.Pending;
        }

        var began = Stopwatch.GetTimestamp(); // the processor's time and not the bulkhead's: it is spent here, whatever a test's clock says
        for (var look = 0; look < Looks; look++)
        {
            if (look < CloseLooks)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }

            if (work.GetStatus(token) is var status && status != ValueTaskSourceStatus.Pending)
            {
                _credit = Stopwatch.GetElapsedTime(began) <= _worthwhile ? MostCredit : _credit - 1;
                return status;
            }
        }

        _credit--;
        return ValueTaskSourceStatus.Pending;
    }
}
