using System.Diagnostics;

namespace Resilience.Faults.Burdens;

/// <summary>Burns a share of the machine's processor time, by a thread for each processor.</summary>
internal sealed class ProcessorBurden : IDisposable
{
    private static readonly TimeSpan _cycle = TimeSpan.FromMilliseconds(50);
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread[] _threads;

    public ProcessorBurden(double ratio)
    {
        _threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() => Burn(ratio)) { IsBackground = true, Name = "Fault: processor" })];
        Array.ForEach(_threads, static thread => thread.UnsafeStart());
    }

    public void Dispose()
    {
        _stop.Set();
        Array.ForEach(_threads, static thread => thread.Join());
        _stop.Dispose();
    }

    private void Burn(double ratio)
    {
        do
        {
            var began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < _cycle * ratio)
            {
                Thread.SpinWait(1000);
            }
        }
        while (!_stop.Wait(_cycle * (1 - ratio)));
    }
}
