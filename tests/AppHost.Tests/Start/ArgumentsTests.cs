using AppHost.Start;
using Xunit;

namespace AppHost.Tests.Start;

public sealed class ArgumentsTests
{
    [Fact]
    public void No_argument_is_a_plain_start()
    {
        var arguments = Arguments.Parse([]);

        Assert.False(arguments.Help);
        Assert.Null(arguments.Error);
        Assert.Empty(arguments.Configuration);
    }

    [Fact]
    public void Reset_becomes_the_setting_of_the_stores() => Assert.Equal(["--Stores:Reset=true"], Arguments.Parse(["--reset"]).Configuration);

    [Fact]
    public void Settings_and_Aspires_own_arguments_are_passed_on()
    {
        string[] args = ["--ConnectionStrings:postgres=Host=db", "--Stores=containers", "--operation", "publish", "--publisher", "manifest", "--output-path", "out.json"];

        var arguments = Arguments.Parse(args);

        Assert.Null(arguments.Error);
        Assert.Equal(args, arguments.Configuration);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    public void Help_can_be_asked_for(string help) => Assert.True(Arguments.Parse([help]).Help);

    [Theory]
    [InlineData("--rset")]
    [InlineData("reset")]
    [InlineData("--reset=true")]
    [InlineData("--frobnicate=1")]
    [InlineData("--Storse:Data=/tmp")]
    public void An_argument_that_means_nothing_is_named(string unknown) =>
        Assert.Equal($"'{unknown}' is not an option of the AppHost. Run 'dotnet run --project AppHost -- --help' for those that are.", Arguments.Parse([unknown]).Error);
}
