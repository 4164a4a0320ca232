using System.ComponentModel.DataAnnotations;

namespace Orders;

/// <summary>How long the parts of an order may take. Section <c>Orders</c>.</summary>
internal sealed class OrderOptions : IValidatableObject
{
    public const string Section = "Orders";

    /// <summary>Gets or sets how long an order waits for inventory before it is given up.</summary>
    /// <value>A time from 00:00:01 to 1.00:00:00; 00:15:00 by default. It is how long inventory may be away without an order lost.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PendingFor { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets how long one attempt works on an order; a request then answers 202, and the relay's turn comes.</summary>
    /// <value>A time from 00:00:00.1 to 00:00:10; 00:00:03 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:10")]
    public TimeSpan SettleWithin { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Gets or sets how long after anybody's attempt to settle an order the relay makes the next one.</summary>
    /// <value>
    /// A time from 00:00:00.1 to 00:01:00; 00:00:04 by default. Longer than <see cref="SettleWithin"/>. It bounds how long orders take to settle
    /// after a fault has healed.
    /// </value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RelayAfter { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Gets or sets how often the relay looks for work.</summary>
    /// <value>A time from 00:00:00.05 to 00:00:10; 00:00:00.25 by default.</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:10")]
    public TimeSpan RelayEvery { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets or sets how long a request has the answer to a key to itself.</summary>
    /// <value>A time from 00:00:01 to 00:05:00; 00:00:10 by default. After a crash, the key is free again then. Longer than <see cref="SettleWithin"/>.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan AnswerLease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how long keys and their answers are kept.</summary>
    /// <value>A time from 00:00:01 to 30.00:00:00; 1.00:00:00 by default. A key that comes back later orders again.</value>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan KeepKeysFor { get; set; } = TimeSpan.FromDays(1);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RelayAfter <= SettleWithin)
        {
            yield return new($"{Section}:RelayAfter is {RelayAfter}, which must be more than {Section}:SettleWithin ({SettleWithin}): the relay would work on what a request still works on.");
        }

        if (AnswerLease <= SettleWithin)
        {
            yield return new($"{Section}:AnswerLease is {AnswerLease}, which must be more than {Section}:SettleWithin ({SettleWithin}): a second request would take over an answer that is being made.");
        }
    }
}
