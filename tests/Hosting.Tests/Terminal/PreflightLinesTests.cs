using LocalRunner.Preflight;
using LocalRunner.Terminal;
using Xunit;

namespace Hosting.Tests.Terminal;

public sealed class PreflightLinesTests
{
    private static readonly PreflightFinding[] _findings =
    [
        new(PreflightLevel.Ok, ".NET 10.0.100"),
        new(PreflightLevel.Problem, "No Redis server was found. Install one."),
        new(PreflightLevel.Note, "root: PostgreSQL runs as 'postgres'"),
        new(PreflightLevel.Note, "Port 5080 of gateway is taken by nginx (process 7)", "Stop it to have 5080 back."),
    ];

    [Fact]
    public void What_is_well_shares_a_line_and_each_thing_to_mend_has_its_own() => Assert.Equal(
        [
            " ✓ .NET 10.0.100   ! root: PostgreSQL runs as 'postgres'",
            " ✗ No Redis server was found. Install one.",
            " ! Port 5080 of gateway is taken by nginx (process 7). Stop it to have 5080 back.",
        ],
        PreflightLines.Of(_findings, new Style(colours: false)));

    [Fact]
    public void A_terminal_gets_colours() =>
        Assert.Equal(" \x1b[32m✓\x1b[0m .NET 10.0.100", PreflightLines.Of(_findings[..1], new Style(colours: true)).Single());

    [Theory]
    [InlineData(false, null, "xterm", true)]
    [InlineData(false, "", "xterm", true)]
    [InlineData(true, null, "xterm", false)]
    [InlineData(false, "1", "xterm", false)]
    [InlineData(false, null, "dumb", false)]
    public void A_pipe_and_NO_COLOR_get_plain_text(bool isRedirected, string? noColor, string terminal, bool colours) =>
        Assert.Equal(colours, Style.Suits(isRedirected, noColor, terminal));
}
