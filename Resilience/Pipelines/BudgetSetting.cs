using System.Runtime.InteropServices;

namespace Resilience.Pipelines;

/// <summary>A value together with the key that it is set by, so that a message can say where to change it.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="Key">The key, such as <c>Resilience:Clients:inventory:Total:Timeout</c>.</param>
/// <param name="Value">The value.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BudgetSetting<T>(string Key, T Value);
