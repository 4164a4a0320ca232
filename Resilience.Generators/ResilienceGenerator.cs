using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Resilience.Generators.Models;
using Resilience.Generators.Reading;
using Resilience.Generators.Writing;

namespace Resilience.Generators;

/// <summary>Writes a decorator for each interface with resilience attributes, and <c>AddResilient</c>, which registers it.</summary>
/// <remarks>Symbols are read into records that can be compared, and go no further: an edit elsewhere finds the records equal and writes nothing.</remarks>
[Generator(LanguageNames.CSharp)]
public sealed class ResilienceGenerator : IIncrementalGenerator
{
    internal const string InterfaceStep = "Interface";
    internal const string RegistrationStep = "Registration";
    internal const string ComplaintStep = "Complaint";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        context.RegisterPostInitializationOutput(static output => output.AddEmbeddedAttributeDefinition());

        var findings = Found(context);
        var interfaces = findings
            .SelectMany(static (found, _) => found.Select(static finding => finding.Interface).OfType<InterfaceModel>().Distinct())
            .WithTrackingName(InterfaceStep);
        var registrations = findings
            .Select(static (found, _) => new EquatableArray<RegistrationModel>(
                found.Select(static finding => finding.Registration).OfType<RegistrationModel>().Distinct()))
            .Combine(context.CompilationProvider.Select(static (compilation, _) => LookAround(compilation)))
            .WithTrackingName(RegistrationStep);
        var complaints = findings
            .SelectMany(static (found, _) => found.SelectMany(static finding => finding.Complaints).Distinct())
            .WithTrackingName(ComplaintStep);

        context.RegisterSourceOutput(interfaces, static (output, model) => output.AddSource(model.HintName, DecoratorWriter.Write(model)));
        var options = context.CompilationProvider
            .Select(static (compilation, _) => Options.All(compilation))
            .Combine(findings.Select(static (found, _) => found.Any(static finding => finding.Interface is not null)));
        context.RegisterSourceOutput(options, static (output, found) =>
        {
            if (found.Right)
            {
                output.AddSource("ConfiguredOptions.g.cs", SettingsWriter.Write(found.Left));
            }
        });
        context.RegisterSourceOutput(registrations, static (output, found) =>
        {
            if (found.Right.HasServices && found.Left.Count > 0)
            {
                output.AddSource("ResilientServices.g.cs", RegistrationWriter.Write(found.Left, found.Right));
            }
        });
        context.RegisterSourceOutput(complaints, static (output, complaint) => output.ReportDiagnostic(complaint.ToDiagnostic()));
    }

    private static IncrementalValueProvider<EquatableArray<Finding>> Found(IncrementalGeneratorInitializationContext context)
    {
        var all = context.SyntaxProvider
            .CreateSyntaxProvider(static (node, _) => RegistrationReader.LooksLikeCall(node), RegistrationReader.Read)
            .Collect()
            .Select(static (found, _) => new EquatableArray<Finding>(found.OfType<Finding>()));
        foreach (var name in KnownNames.Protecting)
        {
            var targets = context.SyntaxProvider
                .ForAttributeWithMetadataName(
                    KnownNames.MetadataName(name),
                    static (node, _) => node is MethodDeclarationSyntax or InterfaceDeclarationSyntax,
                    TargetReader.Read)
                .Collect();
            all = all.Combine(targets).Select(static (pair, _) => new EquatableArray<Finding>(pair.Right.OfType<Finding>().Concat(pair.Left)));
        }

        return all;
    }

    private static Surroundings LookAround(Compilation compilation)
    {
        bool Has(string type) => compilation.GetTypeByMetadataName(type) is not null;
        return new(
            Has("Microsoft.Extensions.DependencyInjection.IServiceCollection"),
            Has("Microsoft.Extensions.Configuration.IConfiguration"),
            Has("Polly.TelemetryResiliencePipelineBuilderExtensions") && Has("Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory"));
    }
}
