namespace ServiceDefaults.Profiling;

/// <summary>How a profile is written.</summary>
internal enum ProfileFormat
{
    Text,
    Markdown,
    Speedscope,
    Folded,
}
