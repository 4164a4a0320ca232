namespace Resilience.Telemetry;

/// <summary>Every tag that an instrument of this library may carry. Values are bounded: never an id, a URL, a partition's key or a message.</summary>
internal static class ResilienceTags
{
    /// <summary>The name that the pattern's owner gave it.</summary>
    public const string Name = "resilience.name";

    /// <summary>A state, such as <c>open</c>.</summary>
    public const string State = "resilience.state";

    /// <summary>How a call went: success, failure, neutral or throttled.</summary>
    public const string Result = "resilience.result";

    /// <summary>Why something was refused or left out.</summary>
    public const string Reason = "resilience.reason";

    /// <summary>The class of priority of a call.</summary>
    public const string Priority = "resilience.priority";
}
