namespace Lab.Conservation;

/// <summary>Waits until no order is under way.</summary>
public static class IdleShop
{
    private static readonly TimeSpan _within = TimeSpan.FromSeconds(10); // invariant I9
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads the state until the outbox is empty.</summary>
    /// <param name="read">Reads it once.</param>
    /// <param name="clock">Times the wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state; after the 10 s that invariant I9 allows, the state as it is, which <see cref="ConservationCheck"/> then objects to.</returns>
    public static async Task<ShopState> ReadAsync(Func<CancellationToken, Task<ShopState>> read, TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(clock);
        var began = clock.GetTimestamp();
        while (true)
        {
            var state = await read(cancellationToken);
            if (state.OutboxRows == 0 || clock.GetElapsedTime(began) > _within)
            {
                return state;
            }

            await Task.Delay(_pace, clock, cancellationToken);
        }
    }
}
