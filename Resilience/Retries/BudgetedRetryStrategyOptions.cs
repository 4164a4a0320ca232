namespace Resilience.Retries;

/// <summary>Says what is tried again, how often, and after which waits, for calls that return anything or nothing.</summary>
/// <remarks>A result that is a value is boxed when <see cref="BudgetedRetryStrategyOptions{TResult}.HandleResult"/> looks at it.</remarks>
public sealed class BudgetedRetryStrategyOptions : BudgetedRetryStrategyOptions<object>;
