using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Services.Tests;

/// <summary>What a service says of its pipelines at <c>/resilience</c>; 0 while nothing of the kind has been used.</summary>
internal static class Figures
{
    public static Task<double> OptionAsync(this HttpClient http, string pipeline, string kind, string option) => FigureAsync(http, pipeline, kind, "options", option);

    public static Task<double> StateAsync(this HttpClient http, string pipeline, string kind, string figure) => FigureAsync(http, pipeline, kind, "state", figure);

    private static async Task<double> FigureAsync(HttpClient http, string pipeline, string kind, string part, string figure)
    {
        var all = await http.GetFromJsonAsync<JsonElement>("/resilience", TestContext.Current.CancellationToken);
        return (from each in all.EnumerateArray()
                where each.Text("name") == pipeline
                from strategy in each.GetProperty("strategies").EnumerateArray()
                where strategy.Text("kind") == kind
                select strategy.GetProperty(part).GetProperty(figure).GetDouble()).SingleOrDefault();
    }
}
