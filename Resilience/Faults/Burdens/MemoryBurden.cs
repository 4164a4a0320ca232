namespace Resilience.Faults.Burdens;

/// <summary>Holds memory that is really there: each page is written to.</summary>
internal sealed class MemoryBurden : IDisposable
{
    private const int Megabyte = 1024 * 1024;
    private List<byte[]>? _held = [];

    public MemoryBurden(int megabytes)
    {
        for (var i = 0; i < megabytes; i++)
        {
            var block = GC.AllocateUninitializedArray<byte>(Megabyte);
            block.AsSpan().Fill(1);
            _held.Add(block);
        }
    }

    public void Dispose() => _held = null;
}
