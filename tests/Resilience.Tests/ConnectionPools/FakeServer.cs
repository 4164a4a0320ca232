using System.Collections.Concurrent;
using System.Diagnostics;
using Resilience.ConnectionPools;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

/// <summary>What a test's server was asked to make: who holds it, and whether it is still good.</summary>
internal sealed class FakeConnection(FakeServer server, int number)
{
    private int _holders;

    public int Number { get; } = number;

    public FakeServer Server { get; } = server;

    public bool IsBroken { get; set; }

    public bool IsDestroyed { get; set; }

    /// <summary>Somebody uses it. More than one at a time, or after its end, is what no pool may let happen.</summary>
    public void Use(Action? during = null)
    {
        Assert.False(IsDestroyed, "lent after it was closed");
        Assert.Equal(1, Interlocked.Increment(ref _holders));
        during?.Invoke();
        Assert.Equal(0, Interlocked.Decrement(ref _holders));
    }
}

/// <summary>A server that does as it is told: up, away, hanging; and that counts.</summary>
internal sealed class FakeServer : ConnectionFactory<FakeConnection>
{
    private readonly ConcurrentQueue<TaskCompletionSource> _held = new();
    private int _connecting;
    private int _attempts;
    private int _made;
    private int _destroyed;
    private int _validations;

    public bool IsAway { get; set; }

    /// <summary>Connects wait for <see cref="LetOneIn"/>.</summary>
    public bool HoldsConnects { get; set; }

    public bool CanBeValidated { get; set; }

    public Func<FakeConnection, ReturnAction>? Returning { get; set; }

    public Func<FakeConnection, CancellationToken, ValueTask<bool>>? Resetting { get; set; }

    public Func<FakeConnection, CancellationToken, ValueTask<bool>>? Validating { get; set; }

    public Func<FakeConnection, ValueTask>? Destroying { get; set; }

    public int Attempts => Volatile.Read(ref _attempts);

    public int Made => Volatile.Read(ref _made);

    public int Destroyed => Volatile.Read(ref _destroyed);

    public int Validations => Volatile.Read(ref _validations);

    public int MostConnecting { get; private set; }

    public int Connecting => Volatile.Read(ref _connecting);

    public override bool CanValidate => CanBeValidated;

    public override async ValueTask<FakeConnection> CreateAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _attempts);
        MostConnecting = Math.Max(MostConnecting, Interlocked.Increment(ref _connecting));
        try
        {
            if (HoldsConnects)
            {
                var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _held.Enqueue(held);
                await held.Task.WaitAsync(cancellationToken);
            }

            return IsAway ? throw new IOException("connection refused") : new FakeConnection(this, Interlocked.Increment(ref _made));
        }
        finally
        {
            Interlocked.Decrement(ref _connecting);
        }
    }

    public override ReturnAction OnReturn(FakeConnection connection) =>
        Returning?.Invoke(connection) ?? (connection.IsBroken ? ReturnAction.Discard : ReturnAction.Keep);

    public override ValueTask<bool> ResetAsync(FakeConnection connection, CancellationToken cancellationToken) =>
        Resetting?.Invoke(connection, cancellationToken) ?? new(result: true);

    public override ValueTask<bool> ValidateAsync(FakeConnection connection, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _validations);
        return Validating?.Invoke(connection, cancellationToken) ?? new(!connection.IsBroken);
    }

    public override async ValueTask DestroyAsync(FakeConnection connection)
    {
        if (Destroying is not null)
        {
            await Destroying(connection);
        }

        Assert.False(connection.IsDestroyed, "closed twice");
        connection.IsDestroyed = true;
        Interlocked.Increment(ref _destroyed);
    }

    /// <summary>Lets one of the connects go on that are held, as soon as there is one.</summary>
    public async Task LetOneIn()
    {
        await Eventually.Is(() => !_held.IsEmpty);
        Assert.True(_held.TryDequeue(out var held));
        held.SetResult();
    }
}

/// <summary>Waits for what other threads do.</summary>
internal static class Eventually
{
    public static async Task Is(Func<bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "It never came about.");
            await Task.Yield();
        }
    }
}
