namespace Resilience.Bulkheads;

/// <summary>Which permit it is, and which of that permit's uses: returned twice, the second time names a use that is over.</summary>
/// <remarks>One word, not two halves: it is copied several times on its way, and a processor stalls where it reads at once what was written in parts.</remarks>
internal readonly record struct Ticket
{
    private readonly ulong _word;

    public Ticket(int slot, uint use) => _word = ((ulong)(uint)slot << 32) | use;

    /// <summary>Gets the permit's place in the <see cref="PermitLedger"/>.</summary>
    public int Slot => (int)(_word >> 32);

    /// <summary>Gets the lower half of the slot's count while this use lasts; always odd.</summary>
    public uint Use => (uint)_word;
}
