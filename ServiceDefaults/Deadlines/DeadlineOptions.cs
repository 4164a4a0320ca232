using System.ComponentModel.DataAnnotations;

namespace ServiceDefaults.Deadlines;

/// <summary>What a service makes of its callers' deadlines. Section <c>ServiceDefaults:Deadlines</c>.</summary>
public sealed class DeadlineOptions : IValidatableObject
{
    internal const string Section = "ServiceDefaults:Deadlines";

    /// <summary>Gets or sets the deadline of a request that brought none.</summary>
    /// <value>A time from 00:00:00.001 to 1.00:00:00; none by default. An edge sets one, so that everything behind it has one.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan? Default { get; set; }

    /// <summary>Gets or sets the shortest deadline that is taken as it is; a shorter one is lengthened.</summary>
    /// <value>A time from 00:00:00 to 1.00:00:00; 00:00:00 by default: a caller with no time left is refused. An edge lengthens instead.</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Shortest { get; set; } = TimeSpan.Zero;

    /// <summary>Gets or sets the longest deadline that is taken as it is; a longer one is shortened.</summary>
    /// <value>A time from 00:00:00.001 to 1.00:00:00; 00:01:00 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Longest { get; set; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Shortest > Longest)
        {
            yield return new($"{Section}:Shortest is {Shortest}, which must not be more than {Section}:Longest ({Longest}).");
        }
    }

    internal TimeSpan? Choose(TimeSpan? asked) =>
        (asked ?? Default) is not { } budget ? null : budget < Shortest ? Shortest : budget > Longest ? Longest : budget;
}
