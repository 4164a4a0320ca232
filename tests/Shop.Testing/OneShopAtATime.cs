namespace Shop.Testing;

/// <summary>A turn at running a whole shop: test assemblies run side by side, and two shops on one small machine time each other out.</summary>
internal sealed class OneShopAtATime : IDisposable
{
    private static readonly string _path = Path.Combine(Path.GetTempPath(), $"resilience-aspire-{Environment.UserName}.turn");
    private readonly FileStream _held;

    private OneShopAtATime(FileStream held) => _held = held;

    public static async Task<OneShopAtATime> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                // The lock dies with the process that holds it, so a crashed run blocks nobody.
                return new(new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }

    public void Dispose() => _held.Dispose();
}
