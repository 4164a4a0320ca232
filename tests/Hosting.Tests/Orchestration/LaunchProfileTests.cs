using LocalRunner;
using LocalRunner.Orchestration;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class LaunchProfileTests
{
    [Fact]
    public void Reads_port_environment_and_first_page_of_the_http_profile()
    {
        var profile = LaunchProfile.Parse(
            """
            {
              // as Visual Studio writes it
              "profiles": {
                "https": { "applicationUrl": "https://localhost:7001" },
                "http": {
                  "applicationUrl": "https://localhost:7002;http://localhost:5080",
                  "launchUrl": "api/products",
                  "environmentVariables": { "ASPNETCORE_ENVIRONMENT": "Development", },
                },
              },
            }
            """,
            "launchSettings.json");

        Assert.Equal(("http", 5080, "api/products"), (profile.Name, profile.Port, profile.LaunchUrl));
        Assert.Equal([new("ASPNETCORE_ENVIRONMENT", "Development")], profile.Environment);
    }

    [Theory]
    [InlineData("{}", "a.json has no profile 'http'. Add one with an applicationUrl: the service's port is taken from there.")]
    [InlineData(
        """{"profiles":{"http":{"applicationUrl":"https://localhost:1"}}}""",
        "The profile 'http' of a.json has no http URL in its applicationUrl. Add one, such as http://localhost:5090.")]
    public void A_profile_without_a_port_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<LocalRunnerException>(() => LaunchProfile.Parse(text, "a.json")).Message);

    [Fact]
    public void A_project_without_launch_settings_is_refused_in_one_line()
    {
        var refusal = Assert.Throws<LocalRunnerException>(() => LaunchProfile.Read("/nowhere/Orders.csproj"));

        Assert.StartsWith("/nowhere/Properties/launchSettings.json can't be read (", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("). A service's port is taken from there: write it with a profile 'http' and an applicationUrl.", refusal.Message, StringComparison.Ordinal);
    }
}
