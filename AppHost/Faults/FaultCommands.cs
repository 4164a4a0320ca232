using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace AppHost.Faults;

/// <summary>Commands that break a service on purpose: buttons in the dashboard, and <c>dotnet aspire resource inventory fault-slow</c>.</summary>
/// <remarks>
/// Each is a call of the service's own <c>/faults</c>, on all its replicas at once, and ends by itself after a minute. The endpoints need a token, which is new at each start
/// of the AppHost; published applications have neither the token nor the endpoints.
/// </remarks>
internal static class FaultCommands
{
    private const string TokenName = "fault-token";
    private const int TokenLength = 32;
    private static readonly TimeSpan _answerWithin = TimeSpan.FromSeconds(5);

    // Every call: what a person breaks with a click shall be seen to be broken at once.
    private static readonly FaultCommand[] _commands =
    [
        new("slow", "Slow", "ClockAlarm", "Every answer takes 1.5 s longer, for a minute.", """{"kind":"latency","latencyMs":1500}"""),
        new("fail", "Fail", "ErrorCircle", "Every call is answered with an error, for a minute.", """{"kind":"exception"}"""),
        new("cut", "Cut", "PlugDisconnected", "The connection of every call is cut before the answer, for a minute.", """{"kind":"abort"}"""),
        new("burn-cpu", "Burn CPU", "Fire", "Nine tenths of the processor are kept busy, for a minute.", """{"kind":"processor","processorRatio":0.9}"""),
    ];

    /// <summary>Adds the commands, and what the service needs for them.</summary>
    /// <param name="service">The service.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<ProjectResource> WithFaultCommands(this IResourceBuilder<ProjectResource> service)
    {
        var token = TokenOf(service.ApplicationBuilder);
        service.WithEnvironment("ServiceDefaults__Faults__Enabled", "true").WithEnvironment("ServiceDefaults__Faults__Token", token);
        foreach (var command in _commands)
        {
            service.WithCommand(
                $"fault-{command.Name}", command.DisplayName, context => SendAsync(context, service.Resource, token.Resource, HttpMethod.Put, $"/faults/{command.Name}", command.Body), Options(command.Icon, command.Description));
        }

        return service.WithCommand(
            "fault-heal", "Heal", context => SendAsync(context, service.Resource, token.Resource, HttpMethod.Delete, "/faults", body: null), Options("HeartPulse", "Ends all faults of this service."));
    }

    private static CommandOptions Options(string icon, string description) => new()
    {
        IconName = icon,
        Description = description,
        UpdateState = static context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
    };

    private static IResourceBuilder<ParameterResource> TokenOf(IDistributedApplicationBuilder builder) =>
        builder.Resources.OfType<ParameterResource>().FirstOrDefault(static parameter => parameter.Name == TokenName) is { } known
            ? builder.CreateResourceBuilder(known)
            : builder.AddParameter(TokenName, new GenerateParameterDefault { MinLength = TokenLength, Special = false }, secret: true);

    private static async Task<ExecuteCommandResult> SendAsync(
        ExecuteCommandContext context, ProjectResource service, ParameterResource token, HttpMethod method, string path, string? body)
    {
        var watch = context.Services.GetRequiredService<ResourceWatch>();
        var addresses = watch.InstancesOf(service).Where(static instance => instance.IsRunning).Select(static instance => instance.Address).OfType<Uri>().ToList();
        if (addresses.Count == 0)
        {
            return CommandResults.Failure($"{service.Name} doesn't run. Start it first.");
        }

        using var http = new HttpClient { Timeout = _answerWithin };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await token.GetValueAsync(context.CancellationToken));
        var refusals = (await Task.WhenAll(addresses.Select(address => SendAsync(http, method, new Uri(address, path), body, context.CancellationToken)))).OfType<string>().ToList();
        return refusals.Count == 0
            ? CommandResults.Success(string.Create(CultureInfo.InvariantCulture, $"{service.Name}: done on {(addresses.Count == 1 ? "its one instance" : $"all {addresses.Count} replicas")}."))
            : CommandResults.Failure($"{service.Name}: {string.Join("; ", refusals)}");
    }

    // Null when it went well.
    private static async Task<string?> SendAsync(HttpClient http, HttpMethod method, Uri address, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        try
        {
            using var reply = await http.SendAsync(request, cancellationToken);
            return reply.IsSuccessStatusCode ? null : $"{address.Authority} answered {(int)reply.StatusCode}: {await reply.Content.ReadAsStringAsync(cancellationToken)}";
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return $"{address.Authority} didn't answer ({unanswered.Message})";
        }
    }

    private sealed record FaultCommand(string Name, string DisplayName, string Icon, string Description, string Body);
}
