using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ServiceDefaults.Deadlines;

/// <summary>Which attempt of its caller a request is: one hop repeats, those behind it see that and don't multiply.</summary>
internal static class IncomingAttempt
{
    /// <summary>Envoy's header: 1 for the first attempt.</summary>
    public const string Header = "x-envoy-attempt-count";

    private const int Most = 100; // whatever is beyond is no number of attempts
    private static readonly AsyncLocal<int> _current = new();

    /// <summary>Gets or sets the attempt that this code works for: 1 for the first, and outside a request.</summary>
    public static int Current
    {
        get => Math.Max(1, _current.Value);
        set => _current.Value = value;
    }

    /// <summary>Reads the header; nonsense is the first attempt.</summary>
    public static int Read(IHeaderDictionary headers) =>
        int.TryParse(headers[Header].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= Most ? count : 1;
}
