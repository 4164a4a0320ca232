using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace AppHost.Tests.Dashboard;

/// <summary>The dashboard's pages as a person uses them: by what they show, and by what things are called.</summary>
/// <param name="page">The browser's page.</param>
/// <param name="login">The dashboard's address with its token.</param>
internal sealed class DashboardPages(IPage page, Uri login)
{
    /// <summary>Builds a pattern for the name of something on a page.</summary>
    /// <param name="pattern">The pattern, which the browser applies as one of JavaScript, between slashes.</param>
    /// <returns>The expression.</returns>
    public static Regex Pattern(string pattern) => new(pattern.Replace("/", @"\/", StringComparison.Ordinal), RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>Logs in. The resources are shown then.</summary>
    /// <returns>When the page has answered.</returns>
    public Task LogInAsync() => page.GotoAsync(login.AbsoluteUri);

    /// <summary>Opens one of the dashboard's pages.</summary>
    /// <param name="path">The path and the query.</param>
    /// <returns>When the page has answered.</returns>
    public Task OpenAsync(string path) => page.GotoAsync(new Uri(login, path).AbsoluteUri);

    /// <summary>Finds the rows of a resource that is running and healthy: an unhealthy one says so after "Running".</summary>
    /// <param name="resource">The resource's name.</param>
    /// <returns>One row for each of its replicas.</returns>
    public ILocator RunningRows(string resource) => page.GetByRole(AriaRole.Row, new() { NameRegex = Pattern($@"^\w+: {Regex.Escape(resource)}(?:-\w{{8}})? Running (?:\d|-)") });

    /// <summary>Opens the menu of a resource that runs, down to its commands.</summary>
    /// <param name="resource">The resource's name.</param>
    /// <returns>Finds a command in it by the command's name.</returns>
    public async Task<Func<string, ILocator>> OpenCommandsAsync(string resource)
    {
        var row = RunningRows(resource);
        await row.GetByRole(AriaRole.Button, new() { Name = "Actions", Exact = true }).ClickAsync();
        await row.GetByRole(AriaRole.Menuitem, new() { Name = "Commands" }).ClickAsync();
        return name => row.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true });
    }

    /// <summary>Runs a command from a resource's menu, and waits until the dashboard says that it succeeded.</summary>
    /// <param name="resource">The resource's name.</param>
    /// <param name="command">The command's name in the menu.</param>
    /// <returns>When it has.</returns>
    public async Task RunAsync(string resource, string command)
    {
        var commands = await OpenCommandsAsync(resource);
        await commands(command).ClickAsync();
        await Assertions.Expect(page.GetByText($"{resource} \"{command}\" succeeded").First).ToBeVisibleAsync();
    }

    /// <summary>Reads the traces page.</summary>
    /// <returns>Finds the row of each trace, the oldest first; the heading's row isn't one.</returns>
    public ILocator Traces() => page.GetByRole(AriaRole.Row, new() { NameRegex = Pattern("Trace Id: ") });

    /// <summary>Finds the rows of a trace's spans.</summary>
    /// <param name="name">How a row's name begins: resource, colon, the span's name.</param>
    /// <returns>The rows.</returns>
    public ILocator Spans(string name) => page.GetByRole(AriaRole.Region, new() { Name = "Trace detail" }).GetByRole(AriaRole.Row, new() { NameRegex = Pattern($"^{name}") });

    /// <summary>Opens the details of a span.</summary>
    /// <param name="span">The span's row.</param>
    /// <returns>Finds an attribute's row by the attribute's name, and by how its value begins.</returns>
    public async Task<Func<string, string, ILocator>> OpenSpanAsync(ILocator span)
    {
        await span.GetByRole(AriaRole.Gridcell).First.ClickAsync();
        return (attribute, value) => page.GetByRole(AriaRole.Row, new() { NameRegex = Pattern($"^{Regex.Escape(attribute)} .*?{value}") }).First; // an event may repeat it
    }
}
