using System.Net;
using System.Text.Json;

namespace ServiceDefaults.Tests.Health;

/// <summary>What a service says of its health.</summary>
internal static class HealthReplies
{
    public static Task<HttpResponseMessage> GetAsync(this TestService service, string path) =>
        service.Client.GetAsync(new Uri(path, UriKind.Relative), TestService.Token);

    /// <summary>Asks until the report says so: checks run in their own time.</summary>
    public static async Task<(HttpStatusCode Status, JsonElement Health)> UntilHealthAsync(this TestService service, Func<JsonElement, bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var reply = await service.GetAsync("/health");
            var health = await TestService.ReadAsync(reply);
            if (!health.GetProperty("checks").TryGetProperty("startup", out _) && isSo(health))
            {
                return (reply.StatusCode, health);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    public static JsonElement Of(string check, JsonElement health) => health.GetProperty("checks").GetProperty(check);

    public static string? StatusOf(string check, JsonElement health) => Of(check, health).GetProperty("status").GetString();
}
