using System.Text.Json;
using Xunit;

namespace Services.Tests;

/// <summary>Reads answers.</summary>
internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage reply) =>
        JsonSerializer.Deserialize<JsonElement>(await reply.JsonTextAsync());

    public static Task<string> JsonTextAsync(this HttpResponseMessage reply) => reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    public static async Task<string?> CodeAsync(this HttpResponseMessage reply)
    {
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
        return (await reply.JsonAsync()).GetProperty("code").GetString();
    }

    public static string? Text(this JsonElement json, string name) => json.GetProperty(name).GetString();

    public static long Number(this JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
