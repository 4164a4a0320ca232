using System.Globalization;
using System.Text.RegularExpressions;
using LocalRunner.ApplicationModel;

namespace LocalRunner.Orchestration;

/// <summary>Aspire's environment contract: what a service finds in its environment, so that it can't tell which host started it.</summary>
internal static partial class ServiceEnvironment
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Send telemetry soon and all of it: a person is watching.
    private static readonly (string Name, string Value)[] _always =
    [
        ("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1000"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "1000"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based"),
        ("LOGGING__CONSOLE__FORMATTERNAME", "simple"),
        ("DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION", "true"),
    ];

    /// <summary>Says what one instance of a service gets beyond the AppHost's own environment, and what of that it doesn't get.</summary>
    /// <param name="resource">The service.</param>
    /// <param name="instance">Which of its replicas, from 0.</param>
    /// <param name="profile">Its launch profile.</param>
    /// <param name="endpoint">Where this instance listens.</param>
    /// <param name="connectionOf">How to reach a store.</param>
    /// <param name="endpointsOf">Where each replica of a service listens.</param>
    /// <param name="addressOf">Where another endpoint of a service is.</param>
    /// <param name="inherited">The names in the AppHost's own environment.</param>
    /// <returns>Names and values; a null value takes an inherited variable away.</returns>
    public static IReadOnlyDictionary<string, string?> Build(
        ProjectResource resource,
        int instance,
        LaunchProfile profile,
        Uri endpoint,
        Func<IResource, Connection> connectionOf,
        Func<IResource, IReadOnlyList<Uri>> endpointsOf,
        Func<EndpointReference, Uri> addressOf,
        IReadOnlyCollection<string> inherited)
    {
        var environment = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var hasReceiver = inherited.Contains(OtlpEndpoint, StringComparer.OrdinalIgnoreCase);
        foreach (var name in inherited.Where(name => IsTheAppHostsOwn().IsMatch(name) || (!hasReceiver && IsForAReceiver().IsMatch(name))))
        {
            environment[name] = null;
        }

        foreach (var (name, value) in profile.Environment)
        {
            environment[name] = value;
        }

        foreach (var (name, value) in _always)
        {
            environment[name] = value;
        }

        environment["ASPNETCORE_URLS"] = AddressOf(endpoint);
        environment["DOTNET_LAUNCH_PROFILE"] = profile.Name;
        environment["OTEL_SERVICE_NAME"] = resource.Name;
        environment["OTEL_RESOURCE_ATTRIBUTES"] = string.Create(CultureInfo.InvariantCulture, $"service.instance.id={instance}");
        foreach (var reference in resource.Annotations.OfType<ReferenceAnnotation>())
        {
            Refer(environment, reference, connectionOf, endpointsOf);
        }

        foreach (var annotation in resource.Annotations)
        {
            switch (annotation)
            {
                case EndpointAnnotation own:
                    environment[own.Variable] = addressOf(new(resource, own.Name)).Port.ToString(CultureInfo.InvariantCulture);
                    break;
                case EndpointEnvironmentAnnotation variable:
                    environment[variable.Name] = AddressOf(addressOf(variable.Endpoint));
                    break;
                case EnvironmentAnnotation variable:
                    environment[variable.Name] = variable.Value;
                    break;
            }
        }

        return environment;
    }

    private static void Refer(
        Dictionary<string, string?> environment,
        ReferenceAnnotation reference,
        Func<IResource, Connection> connectionOf,
        Func<IResource, IReadOnlyList<Uri>> endpointsOf)
    {
        var name = reference.ConnectionName ?? reference.Resource.Name;
        var prefix = NotAlphanumeric().Replace(name, "_").ToUpperInvariant();
        if (reference.Resource is IResourceWithConnectionString)
        {
            var connection = connectionOf(reference.Resource);
            environment[$"ConnectionStrings__{name}"] = connection.ConnectionString;
            foreach (var (property, value) in connection.Properties)
            {
                environment[$"{prefix}_{property}"] = value;
            }

            return;
        }

        // Aspire puts one proxy before the replicas; here each is an endpoint of its own, for the client's service discovery to spread over.
        var endpoints = endpointsOf(reference.Resource);
        for (var replica = 0; replica < endpoints.Count; replica++)
        {
            environment[string.Create(CultureInfo.InvariantCulture, $"services__{name}__http__{replica}")] = AddressOf(endpoints[replica]);
        }

        environment[$"{prefix}_HTTP"] = AddressOf(endpoints[0]);
    }

    private static string AddressOf(Uri endpoint) => endpoint.GetLeftPart(UriPartial.Authority);

    // Where the AppHost itself listens, and what it was told about stores and services, is not for the services.
    [GeneratedRegex("^((ASPNETCORE_|DOTNET_)?(URLS|HTTPS?_PORTS?)|(ASPNETCORE_|DOTNET_)?KESTREL__.*|SERVICES__.*|CONNECTIONSTRINGS__.*)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex IsTheAppHostsOwn();

    // A protocol or a key without an address would send telemetry to wherever the default address leads. LocalRunner has no receiver of its own yet.
    [GeneratedRegex("^OTEL_EXPORTER_OTLP_.*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex IsForAReceiver();

    [GeneratedRegex("[^A-Za-z0-9]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NotAlphanumeric();
}
