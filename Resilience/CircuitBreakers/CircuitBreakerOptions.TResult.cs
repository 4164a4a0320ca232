using Polly;

namespace Resilience.CircuitBreakers;

/// <summary>Says when a circuit breaker opens, and what each result means to it.</summary>
/// <typeparam name="TResult">What the guarded call returns.</typeparam>
public class CircuitBreakerOptions<TResult> : CircuitBreakerOptions
{
    /// <summary>Gets or sets what an outcome says, where the built-in rule is not enough: a status of 500, for instance, doesn't throw.</summary>
    /// <remarks>
    /// Not asked about the caller's own cancellation, which is always neutral. If it throws, the built-in rule decides. When it is set,
    /// <see cref="CircuitBreakerOptions.ClassifyException"/> is not asked.
    /// </remarks>
    /// <value>Null by default: what returns succeeded.</value>
    public Func<Outcome<TResult>, CallVerdict>? Classify { get; set; }
}
