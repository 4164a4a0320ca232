using LocalRunner.Terminal;
using Xunit;

namespace Hosting.Tests.Terminal;

public sealed class ArgumentsTests
{
    [Fact]
    public void Nothing_asked_is_a_plain_start() => Assert.Equal(new Arguments(Help: false, Reset: false, Error: null), Arguments.Parse([]));

    [Fact]
    public void Reset_and_configuration_are_understood() =>
        Assert.Equal(new Arguments(Help: false, Reset: true, Error: null), Arguments.Parse(["--reset", "--ConnectionStrings:postgres=Host=db"]));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    public void Help_can_be_asked_for(string help) => Assert.True(Arguments.Parse([help]).Help);

    [Theory]
    [InlineData("--rset")]
    [InlineData("reset")]
    [InlineData("--reset=true")]
    public void What_means_nothing_is_named(string unknown) =>
        Assert.Equal($"'{unknown}' is not an option of the AppHost. Run 'dotnet run --project AppHost -- --help' for what is.", Arguments.Parse([unknown]).Error);
}
