namespace Resilience.ConnectionPools;

/// <content>Connections are made, checked, reset and ended, in the background.</content>
public sealed partial class ConnectionPool<T>
{
    private readonly CancellationTokenSource _shutdown = new();
    private readonly ConnectBackoff _backoff;
    private bool _isWanted; // somebody has asked for a connection since the last attempt to make one

    // As many as the line needs beyond what is about to come free anyway, and as the idle reserve lacks. So when waiters vanish, what was
    // still to be made for them isn't.
    private void PlanConnects(ref Aftermath<T> after, long now)
    {
        if (_isClosed || _isSuspended || now < _backoff.Until)
        {
            return;
        }

        var supply = _idle.Count + _creating + _withPool;
        var forLine = Math.Min(_line.Count - supply, _maxSize + _options.MaxOverflow - Total);
        var forReserve = Math.Min(_line.Count + Math.Min(_options.MinIdle, _maxSize) - supply, _maxSize - Total);
        var forProbe = IsAway && _isWanted ? 1 - supply : 0; // callers are refused and don't wait: it is asked on their behalf
        var atATime = (_backoff.HasFailed ? 1 : _options.ConnectConcurrency) - _creating;
        var count = Math.Min(Math.Max(Math.Max(forLine, forReserve), forProbe), atATime);
        if (count > 0)
        {
            _isWanted = false;
            _creating += count;
            after.Connects += count;
        }
    }

    private async Task ConnectAsync()
    {
        var generation = Volatile.Read(ref _generation);
        var began = _clock.Now;
        T? connection = null;
        Exception? error = null;
        try
        {
            connection = await BoundedAsync(_factory.CreateAsync, _options.ConnectTimeout, CloseLateAsync).ConfigureAwait(false);
            _counters.CountCreated();
            _instruments.RecordCreate(Name, _clock.Now - began);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        Change((ref after) =>
        {
            _creating--;
            if (connection is null)
            {
                ConnectFailed(error!);
            }
            else
            {
                Connected(ref after, connection, generation);
            }
        });
    }

    private void ConnectFailed(Exception error)
    {
        if (!_isClosed)
        {
            _counters.CountConnectFailure();
            PoolTelemetry.ConnectFailed(Name, error);
            _backoff.Failed(_clock.Now, error, isLast: _creating == 0);
        }
    }

    private void Connected(ref Aftermath<T> after, T connection, int generation)
    {
        _backoff.Succeeded();
        if (_isClosed || generation != _generation)
        {
            _closing++;
            after.Close(connection);
            return;
        }

        if (!_freeEntries.TryPop(out var entry))
        {
            entry = new PoolEntry<T>(this, _entries.Count);
            _entries.Add(entry);
            _idle.Register(entry);
        }

        var now = _clock.Now;
        entry.Connection = connection;
        entry.IsDoomed = false;
        entry.Generation = generation;
        entry.ExpiresAt = now + Shortened(_options.MaxLifetime);
        entry.MaxIdle = Shortened(_options.IdleTimeout);
        entry.IdleSince = now;
        Prove(entry, now);
        _live++;
        if (!TryServe(ref after, entry, now))
        {
            _idle.PushGuarded(entry);
        }
    }

    private long Shortened(TimeSpan time) => Math.Max(1, (long)(time.TotalMilliseconds * (1 - (_options.LifetimeJitterRatio * _options.Draw()))));

    private async Task CloseAsync(T connection)
    {
        try
        {
            await BoundedAsync(
                async _ =>
                {
                    await _factory.DestroyAsync(connection).ConfigureAwait(false);
                    return true;
                },
                _options.ConnectTimeout,
                late: null).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Telemetry.CallbackErrors.Count(Name, exception);
        }

        _counters.CountDestroyed();
        Change((ref _) => _closing--);
    }

    // What took too long to make, and comes after all, is nobody's.
    private async Task CloseLateAsync(T connection)
    {
        _counters.CountCreated();
        Change((ref _) => _closing++);
        await CloseAsync(connection).ConfigureAwait(false);
    }

    // Ends after the time it is given, or after as much again for code that doesn't heed its token: it may not hold up the pool for ever.
    private async Task<TResult> BoundedAsync<TResult>(
        Func<CancellationToken, ValueTask<TResult>> call, TimeSpan time, Func<TResult, Task>? late)
    {
        using var source = new CancellationTokenSource(time, _time);
        await using var shutdown = _shutdown.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source).ConfigureAwait(false);
        var running = call(source.Token);
        if (running.IsCompletedSuccessfully)
        {
            return running.Result;
        }

        var task = running.AsTask();
        try
        {
            // What is to be closed is waited for when the pool is; what is still to be made isn't.
            return await task.WaitAsync(time + time, _time, late is null ? CancellationToken.None : _shutdown.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (source.IsCancellationRequested || (late is not null && _shutdown.IsCancellationRequested))
        {
            _ = ForgetAsync(task, late);
            throw new TimeoutException(FormattableString.Invariant($"The other side of pool '{Name}' took longer than {time.TotalMilliseconds:0} ms to answer."), exception);
        }
    }

    private static async Task ForgetAsync<TResult>(Task<TResult> task, Func<TResult, Task>? late)
    {
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompletedSuccessfully && late is not null)
        {
            await late(await task.ConfigureAwait(false)).ConfigureAwait(false);
        }
    }
}
