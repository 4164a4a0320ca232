namespace Resilience.Retries;

internal readonly record struct RetrySuppressedArguments(RetrySuppression Reason);
