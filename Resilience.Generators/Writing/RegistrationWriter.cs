using Resilience.Generators.Models;
using Resilience.Generators.Reading;

namespace Resilience.Generators.Writing;

/// <summary>Writes <c>AddResilient</c>.</summary>
internal static class RegistrationWriter
{
    public const string GeneratedCode = "[global::System.CodeDom.Compiler.GeneratedCode(\"Resilience.Generators\", \"1.0\")]";

    private const string Signature = $$"""
        /// <summary>Registers a service, and its interface as the decorator that protects the service.</summary>
        /// <typeparam name="TService">The interface with the attributes.</typeparam>
        /// <typeparam name="TImplementation">What does the work. If it is registered already, it stays as it is, and the decorator lives as long.</typeparam>
        /// <param name="services">Where to register them.</param>
        /// <param name="lifetime">How long they live. The pipelines with their breakers live as long as the container in any case.</param>
        /// <returns>The same <paramref name="services"/>.</returns>
        public static IServiceCollection {{RegistrationReader.Method}}<TService, [{{Constructed}}] TImplementation>(
            this IServiceCollection services, ServiceLifetime lifetime = ServiceLifetime.Singleton)
            where TService : class
            where TImplementation : class, TService
        """;

    private const string Decorate = $$"""
        private static IServiceCollection Decorate<[{{Constructed}}] TImplementation>(
            IServiceCollection services,
            global::System.Type service,
            ServiceLifetime lifetime,
            global::System.Func<global::System.IServiceProvider, TImplementation, object> decorate)
            where TImplementation : class
        {
            services.TryAdd(new ServiceDescriptor(typeof(TImplementation), typeof(TImplementation), lifetime));
            for (var index = services.Count - 1; index >= 0; index--)
            {
                if (services[index].ServiceType == typeof(TImplementation) && !services[index].IsKeyedService)
                {
                    lifetime = services[index].Lifetime; // a decorator must not outlive what it decorates
                    break;
                }
            }

            services.Add(new ServiceDescriptor(service, provider => decorate(provider, provider.GetRequiredService<TImplementation>()), lifetime));
            return services;
        }
        """;

    private const string Unknown = """
        throw new global::System.NotSupportedException(
            $"There is no decorator for {typeof(TService)} here. Call AddResilient with the interface itself, not through a type parameter.");
        """;

    private const string Constructed = "DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)";

    public static string Write(EquatableArray<RegistrationModel> registrations, Surroundings surroundings)
    {
        var writer = new SourceWriter();
        writer.Head();
        writer.Line("using global::Microsoft.Extensions.DependencyInjection.Extensions;");
        writer.Line("using global::System.Diagnostics.CodeAnalysis;");
        writer.Line();
        writer.Line("namespace Microsoft.Extensions.DependencyInjection;");
        writer.Line();
        writer.Line("/// <summary>Registers services behind the decorators that their interfaces' attributes ask for.</summary>");
        writer.Line("[global::Microsoft.CodeAnalysis.Embedded] // seen in this assembly only, even by its tests, which have their own");
        writer.Line(GeneratedCode);
        writer.Block("internal static class ResilientServiceCollectionExtensions", () =>
        {
            writer.Block(Signature, () => Dispatch(writer, registrations));
            writer.Line();
            writer.Line(Decorate);
            writer.Line();
            Context(writer, surroundings);
        });
        return writer.ToString();
    }

    // The comparison of types is decided when the method is compiled for its type arguments: no table, no reflection.
    private static void Dispatch(SourceWriter writer, EquatableArray<RegistrationModel> registrations)
    {
        foreach (var (service, decorator) in registrations)
        {
            writer.Block($"if (typeof(TService) == typeof({service}))", () => writer.Line($"""
                services.TryAddSingleton(static provider => new {decorator}.Pipelines(Context(provider)));
                return Decorate<TImplementation>(services, typeof(TService), lifetime, static (provider, service) =>
                    new {decorator}(({service})(object)service, provider.GetRequiredService<{decorator}.Pipelines>()));
                """));
            writer.Line();
        }

        writer.Line(Unknown);
    }

    private static void Context(SourceWriter writer, Surroundings surroundings) => writer.Block(
        "private static global::Resilience.Attributes.ProtectionContext Context(global::System.IServiceProvider provider) => new()",
        () =>
        {
            writer.Line("TimeProvider = provider.GetService<global::System.TimeProvider>(),");
            writer.Line("Catalogue = provider.GetService<global::Resilience.Pipelines.ResilienceCatalogue>(),");
            if (surroundings.HasConfiguration)
            {
                writer.Line("""
                    ReadSetting = provider.GetService<global::Microsoft.Extensions.Configuration.IConfiguration>() is { } configuration
                        ? key => configuration[key]
                        : null,
                    """);
            }

            if (surroundings.HasTelemetry)
            {
                writer.Line("""
                    Configure = builder => global::Polly.TelemetryResiliencePipelineBuilderExtensions.ConfigureTelemetry(
                        builder,
                        provider.GetService<global::Microsoft.Extensions.Logging.ILoggerFactory>()
                            ?? global::Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance),
                    """);
            }
        },
        ";");
}
