namespace Resilience.Attributes;

/// <summary>Names the method that answers when a method, with everything that protects it, has failed.</summary>
/// <remarks>
/// The other method is one of the same interface, returns the same and takes the same parameters, or first the <see cref="Exception"/> and then
/// the same parameters. It answers for every failure but the caller's own cancellation. It is called through the decorator, so its own attributes
/// hold for it.
/// </remarks>
/// <param name="method">The other method; write it as <c>nameof(…)</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FallbackAttribute(string method) : Attribute
{
    /// <summary>Gets the name of the method that answers instead.</summary>
    public string Method { get; } = method;
}
