using System.Globalization;
using Polly.Timeout;
using Resilience.Outcomes;

namespace Resilience.Timeouts;

/// <summary>A call took longer than it may. It says which call, which bound, and whether it still runs.</summary>
public sealed class OperationTimeoutException : TimeoutRejectedException, ILeavesWorkRunning
{
    /// <summary>Initializes it with all figures.</summary>
    /// <param name="operationName">The operation's name.</param>
    /// <param name="timeout">How much time the call had.</param>
    /// <param name="elapsed">How much time had passed.</param>
    /// <param name="cause">Which bound it ran into.</param>
    /// <param name="workLeft">Ends when the call does; null when it has.</param>
    /// <param name="innerException">How the call ended; null when it still runs.</param>
    public OperationTimeoutException(
        string operationName, TimeSpan timeout, TimeSpan elapsed, TimeoutCause cause, Task? workLeft = null, Exception? innerException = null)
        : base("An operation took longer than it may.", timeout, innerException!)
    {
        OperationName = operationName;
        Elapsed = elapsed;
        Cause = cause;
        WorkLeft = workLeft ?? Task.CompletedTask;
    }

    /// <summary>Initializes it without figures.</summary>
    public OperationTimeoutException()
    {
    }

    /// <summary>Initializes it without figures.</summary>
    /// <param name="message">What happened.</param>
    public OperationTimeoutException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes it without figures.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public OperationTimeoutException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Gets the operation's name.</summary>
    public string OperationName { get; } = string.Empty;

    /// <summary>Gets how much time had passed when the caller went on.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Gets which bound the call ran into.</summary>
    public TimeoutCause Cause { get; }

    /// <summary>Gets what ends when the call does, for a caller who holds something that the call still uses.</summary>
    /// <value>Completed already, unless the call was abandoned. It never fails.</value>
    public Task WorkLeft { get; } = Task.CompletedTask;

    /// <summary>Gets a value indicating whether the call was left running.</summary>
    public bool IsAbandoned => !ReferenceEquals(WorkLeft, Task.CompletedTask);

    /// <inheritdoc />
    /// <remarks>Written when it is read: where calls are timed out in masses, nobody reads most of them.</remarks>
    public override string Message => OperationName.Length == 0 ? base.Message : Describe();

    private string Describe()
    {
        var bound = Cause switch
        {
            TimeoutCause.Deadline => "left until the deadline of its request",
            TimeoutCause.Adaptive => "that it was seen to need",
            _ => "that it may take",
        };
        var end = IsAbandoned ? "It was abandoned and still runs" : "It has ended";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{OperationName} took {Elapsed.TotalMilliseconds:0} ms, more than the {Timeout.TotalMilliseconds:0} ms {bound}. {end}; what it did is unknown.");
    }
}
