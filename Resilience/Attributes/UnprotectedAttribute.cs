namespace Resilience.Attributes;

/// <summary>Takes a method out of what the attributes on its interface ask for: its calls are passed on as they are.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnprotectedAttribute : Attribute;
