using Microsoft.Extensions.Time.Testing;
using Resilience.Recovery;

namespace Resilience.Tests.Recovery;

/// <summary>A procedure that does as it is told, and counts.</summary>
internal sealed class Patient(string name = "restart orders") : IRecoveryProcedure
{
    public string Name => name;

    /// <summary>What is wrong.</summary>
    public string? Trouble { get; set; }

    public Func<CancellationToken, ValueTask<string?>>? OnDetect { get; set; }

    public Func<CancellationToken, ValueTask>? OnAct { get; set; }

    public Func<CancellationToken, ValueTask<bool>>? OnVerify { get; set; }

    public int Looks { get; private set; }

    public int Acts { get; private set; }

    public int Verifications { get; private set; }

    public ValueTask<string?> DetectAsync(CancellationToken cancellationToken)
    {
        Looks++;
        return OnDetect?.Invoke(cancellationToken) ?? new(Trouble);
    }

    public ValueTask ActAsync(CancellationToken cancellationToken)
    {
        Acts++;
        return OnAct?.Invoke(cancellationToken) ?? default;
    }

    public ValueTask<bool> VerifyAsync(CancellationToken cancellationToken)
    {
        Verifications++;
        return OnVerify?.Invoke(cancellationToken) ?? new(Trouble is null);
    }

    /// <summary>The action helps.</summary>
    public Patient Curable()
    {
        OnAct = _ =>
        {
            Trouble = null;
            return default;
        };
        return this;
    }
}

/// <summary>A recovery on a clock that tests move by hand, without jitter.</summary>
internal sealed class Ward : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public Ward(Action<RecoveryOptions>? configure = null, FakeTimeProvider? clock = null, double draw = 0, params Patient[] patients)
    {
        Clock = clock ?? new();
        Time = new(Clock);
        var options = new RecoveryOptions { Mode = RecoveryMode.Act, Interval = Interval, Confirmations = 1, VerifyTimeout = TimeSpan.Zero };
        configure?.Invoke(options);
        Recovery = new("shop", options, Time, () => draw);
        foreach (var patient in patients)
        {
            Recovery.Add(patient);
        }

        Recovery.Start();
    }

    public FakeTimeProvider Clock { get; }

    public JumpingTime Time { get; }

    public RecoveryOrchestrator Recovery { get; }

    /// <summary>The results in the trail, the oldest first.</summary>
    public IEnumerable<RecoveryResult> Results => Trail.Select(static record => record.Result);

    public IEnumerable<RecoveryRecord> Trail => Recovery.Snapshot().Records.Reverse();

    /// <summary>Lets so many looks happen.</summary>
    public void Look(int times = 1)
    {
        for (var look = 0; look < times; look++)
        {
            Clock.Advance(Interval);
        }
    }

    public void Pass(TimeSpan time) => Look((int)(time / Interval));

    public void Dispose() => Recovery.Dispose();
}
