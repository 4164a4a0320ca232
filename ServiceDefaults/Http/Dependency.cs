namespace ServiceDefaults.Http;

/// <summary>Remembers on an exception which service it was that failed, by the name that it was called by.</summary>
internal static class Dependency
{
    private const string Key = "dependency";

    public static string? Of(Exception exception) => exception.Data[Key] as string;

    /// <summary>Names the service; the first name stays.</summary>
    public static void Name(Exception exception, string? dependency)
    {
        if (dependency is not null && !exception.Data.Contains(Key))
        {
            exception.Data[Key] = dependency;
        }
    }
}
