using System.ComponentModel.DataAnnotations;

namespace Gateway.Limits;

/// <summary>How much the gateway lets in. Section <c>Gateway:Limits</c>.</summary>
internal sealed class LimitOptions
{
    public const string Section = "Gateway:Limits";

    /// <summary>Gets or sets how many requests a client may send in <see cref="Window"/>.</summary>
    /// <value>A number of requests from 1 to 1000000; 5000 by default: more than one client of a shop has reason to.</value>
    [Range(1, 1_000_000)]
    public int RequestsPerClient { get; set; } = 5_000;

    /// <summary>Gets or sets after how long a client's quota starts anew.</summary>
    /// <value>A time from 00:00:01 to 01:00:00; 00:00:01 by default.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how many requests are worked on at the same time; more are refused at once.</summary>
    /// <value>A number of requests from 1 to 100000; 1000 by default. Fewer while memory is short, down to a tenth.</value>
    [Range(1, 100_000)]
    public int MaxConcurrency { get; set; } = 1_000;
}
