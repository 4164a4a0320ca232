namespace Hosting.Tests.App;

/// <summary>What the AppHost says to its services, and a test to the AppHost.</summary>
public static class Switches
{
    public const string Role = "APP_ROLE";
    public const string Fault = "APP_FAULT";
    public const string Crash = "crash";

    /// <summary>The key of the AppHost's configuration under which a test asks for PostgreSQL and Redis.</summary>
    public const string WithStores = "App:WithStores";
}
