using Xunit;

[assembly: AssemblyFixture(typeof(Tests.OneModuleAtATime))]

namespace Tests;

/// <summary>A turn at the machine, held by a test project for as long as its tests run.</summary>
/// <remarks>
/// <c>dotnet test</c> runs projects side by side. Here some of them run a whole shop under load, and claim how long it takes; beside others, on a small
/// machine, that would be a claim about the others. Projects without load share a turn among themselves; <c>Directory.Build.props</c> names them.
/// </remarks>
public sealed class OneModuleAtATime : IAsyncLifetime
{
#if SHARES_THE_MACHINE
    private const FileAccess Access = FileAccess.Read;
    private const FileShare Others = FileShare.Read;
#else
    private const FileAccess Access = FileAccess.ReadWrite;
    private const FileShare Others = FileShare.None;
#endif

    private static readonly string _path = Path.Combine(Path.GetTempPath(), $"resilience-aspire-{Environment.UserName}.turn");
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(30); // more than all projects take together
    private FileStream? _held;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        while (_held is null)
        {
            try
            {
                // The lock dies with the process that holds it, so a crashed run blocks nobody.
                _held = new(_path, FileMode.OpenOrCreate, Access, Others);
            }
            catch (IOException taken) when (patience.IsCancellationRequested)
            {
                throw new TimeoutException($"Another test run has held {_path} for {_patience}. End it, and run the tests again.", taken);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _held?.DisposeAsync() ?? default;
}
