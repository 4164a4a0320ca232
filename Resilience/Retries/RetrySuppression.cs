namespace Resilience.Retries;

/// <summary>Why a failed call was not tried again although an attempt was left.</summary>
public enum RetrySuppression
{
    /// <summary>The budget had no cover.</summary>
    Budget,

    /// <summary>The attempt could not have ended before the deadline.</summary>
    Deadline,

    /// <summary>Somebody further up is retrying already.</summary>
    UpstreamRetry,

    /// <summary>The call may not be made twice.</summary>
    NotRepeatable,

    /// <summary>The answer said not to try again.</summary>
    Pushback,
}
