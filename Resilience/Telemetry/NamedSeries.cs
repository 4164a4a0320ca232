using System.Diagnostics.Metrics;

namespace Resilience.Telemetry;

/// <summary>What instruments say of things that have a name. Things of one name, such as a pipeline's in each partition, are one series: a listener keeps only the last of two equal tag sets.</summary>
internal static class NamedSeries
{
    /// <summary>Adds up one figure of all things of each name.</summary>
    /// <param name="byName">The things, by their names.</param>
    /// <param name="value">The figure.</param>
    /// <param name="nameTag">The tag that the name is told in.</param>
    /// <returns>A measurement for each name.</returns>
    public static IEnumerable<Measurement<long>> Sum<T>(IEnumerable<IGrouping<string, T>> byName, Func<T, long> value, string nameTag = ResilienceTags.Name) =>
        byName.Select(same => new Measurement<long>(same.Sum(value), new KeyValuePair<string, object?>(nameTag, same.Key)));

    /// <summary>Adds up a figure's parts, each under a value of a tag.</summary>
    /// <param name="byName">The things, by their names.</param>
    /// <param name="tag">The tag that tells the parts apart.</param>
    /// <param name="parts">The tag's values, and what counts under each.</param>
    /// <param name="nameTag">The tag that the name is told in.</param>
    /// <returns>A measurement for each name and part.</returns>
    public static IEnumerable<Measurement<long>> Split<T>(
        IEnumerable<IGrouping<string, T>> byName, string tag, (string Value, Func<T, long> Count)[] parts, string nameTag = ResilienceTags.Name) =>
        from same in byName
        from part in parts
        select new Measurement<long>(same.Sum(part.Count), new(nameTag, same.Key), new(tag, part.Value));

    /// <summary>Records how long something took. What a listener throws is dropped: its fault must not cost a caller what he was just given.</summary>
    /// <param name="histogram">In seconds.</param>
    /// <param name="name">The thing's name.</param>
    /// <param name="duration">How long.</param>
    /// <param name="nameTag">The tag that the name is told in.</param>
    public static void Record(Histogram<double> histogram, string name, TimeSpan duration, string nameTag = ResilienceTags.Name)
    {
        try
        {
            if (histogram.Enabled)
            {
                histogram.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(nameTag, name));
            }
        }
        catch (Exception)
        {
            // See above.
        }
    }
}
