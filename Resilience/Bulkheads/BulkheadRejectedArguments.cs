namespace Resilience.Bulkheads;

/// <summary>What Polly's listeners are told of a refusal.</summary>
internal readonly record struct BulkheadRejectedArguments(BulkheadRejectionReason Reason);
