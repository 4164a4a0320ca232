using System.Net.Http.Headers;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

internal static class FaultCommands
{
    /// <summary>Puts a button on the dashboard that breaks a service on purpose, and one that heals it.</summary>
    public static IResourceBuilder<ProjectResource> WithFaultCommands(this IResourceBuilder<ProjectResource> service, IResourceBuilder<ParameterResource> token)
    {
        if (service.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            return service;
        }

        return service
            .WithEnvironment("ServiceDefaults__Faults__Enabled", "true")
            .WithEnvironment("ServiceDefaults__Faults__Token", token)
            .WithHttpCommand("/faults/late", "Answer late", commandName: "fault-late", commandOptions: Options(
                HttpMethod.Put, """{"kind":"latency","latencyMs":1500,"route":"/reservations"}""", "ClockAlarm", "Every call takes 1.5 s longer, for a minute."))
            .WithHttpCommand("/faults/error", "Throw errors", commandName: "fault-error", commandOptions: Options(
                HttpMethod.Put, """{"kind":"exception","rate":0.3,"seed":7}""", "Bug", "Three calls in ten fail, for a minute."))
            .WithHttpCommand("/faults", "Heal", commandName: "fault-heal", commandOptions: Options(HttpMethod.Delete, null, "HeartPulse", "Ends all faults."));

        HttpCommandOptions Options(HttpMethod method, string? body, string icon, string description) => new()
        {
            Method = method, IconName = icon, Description = description,
            PrepareRequest = async request =>
            {
                request.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token.Resource.GetValueAsync(request.CancellationToken));
                request.Request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
            },
        };
    }
}
