using Resilience.ConnectionPools;
using Xunit;

namespace Resilience.Tests.ConnectionPools;

/// <summary>What the pattern's page shows, run.</summary>
public sealed class ConnectionPoolUsageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_connection()
    {
        var cancellationToken = Token;

        await using var pool = new ConnectionPool<PrinterLink>("printers", new PrinterLinks(), new ConnectionPoolOptions { MaxSize = 4, MinIdle = 1 });

        using (var lease = await pool.AcquireAsync(cancellationToken))
        {
            try
            {
                await lease.Connection.PrintAsync("label", cancellationToken);
            }
            catch (IOException)
            {
                lease.Invalidate(); // nobody gets this one again
                throw;
            }
        }

        var (total, longestHeld) = (pool.Snapshot().Total, pool.Snapshot().LongestHeld);

        Assert.InRange(total, 1, 4);
        Assert.Equal(TimeSpan.Zero, longestHeld);
    }

    private sealed class PrinterLinks : ConnectionFactory<PrinterLink>
    {
        public override bool CanValidate => true;

        public override ValueTask<PrinterLink> CreateAsync(CancellationToken cancellationToken) => PrinterLink.OpenAsync(cancellationToken);

        public override ReturnAction OnReturn(PrinterLink connection) => connection.IsClean ? ReturnAction.Keep : ReturnAction.Reset;

        public override ValueTask<bool> ResetAsync(PrinterLink connection, CancellationToken cancellationToken) => connection.ResetAsync(cancellationToken);

        public override ValueTask<bool> ValidateAsync(PrinterLink connection, CancellationToken cancellationToken) => connection.PingAsync(cancellationToken);
    }

    private sealed class PrinterLink : IDisposable
    {
        public bool IsClean { get; private set; } = true;

        public static ValueTask<PrinterLink> OpenAsync(CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<PrinterLink>(cancellationToken) : new(new PrinterLink());

        public ValueTask PrintAsync(string text, CancellationToken cancellationToken)
        {
            IsClean = text.Length == 0;
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : default;
        }

        public ValueTask<bool> ResetAsync(CancellationToken cancellationToken) => new(IsClean = !cancellationToken.IsCancellationRequested);

        public ValueTask<bool> PingAsync(CancellationToken cancellationToken) => new(IsClean && !cancellationToken.IsCancellationRequested);

        public void Dispose() => IsClean = false;
    }
}
