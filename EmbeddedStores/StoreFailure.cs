namespace EmbeddedStores;

/// <summary>What is wrong with a store that was asked something.</summary>
/// <param name="Text">One sentence.</param>
/// <param name="IsLasting">Whether waiting can't help, as with a wrong password.</param>
internal sealed record StoreFailure(string Text, bool IsLasting);
