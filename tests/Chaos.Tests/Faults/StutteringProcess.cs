using Shop.Testing;

namespace Chaos.Tests.Faults;

/// <summary>Makes an instance slow from outside, without its help: it is stopped (SIGSTOP) most of the time and runs for a moment now and then.</summary>
/// <remarks>Its connections stay open and take what is sent, so callers see a neighbour that answers late, not one that is gone.</remarks>
internal sealed class StutteringProcess : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _stuttering;

    /// <summary>Starts the stuttering.</summary>
    /// <param name="shop">Whose instance.</param>
    /// <param name="instance">Its name, such as <c>orders-0</c>.</param>
    /// <param name="stopped">How long each stop is.</param>
    /// <param name="running">How long it runs between two stops.</param>
    public StutteringProcess(RunningShop shop, string instance, TimeSpan stopped, TimeSpan running)
    {
        var process = shop.Parts.ProcessIdOf(instance);
        _stuttering = StutterAsync(process, stopped, running, _ending.Token);
    }

    /// <summary>Lets it run again.</summary>
    /// <returns>When it does.</returns>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _stuttering;
        _ending.Dispose();
    }

    private static async Task StutterAsync(int process, TimeSpan stopped, TimeSpan running, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Signals.Stop(process);
                await Task.Delay(stopped, cancellationToken);
                Signals.Continue(process);
                await Task.Delay(running, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
        finally
        {
            Signals.Continue(process);
        }
    }
}
