using Resilience.Generators.Models;
using Resilience.Generators.Reading;

namespace Resilience.Generators.Writing;

/// <summary>Writes the class that builds the pipelines of an interface's methods.</summary>
internal static class PipelineWriter
{
    private const string Attributes = "global::" + KnownNames.Namespace;

    public static void Write(SourceWriter writer, InterfaceModel model)
    {
        writer.Line("/// <summary>What the methods run through: one for all instances of the decorator, since a breaker must see all calls.</summary>");
        writer.Block("public sealed class Pipelines", () =>
        {
            writer.Line("/// <summary>Builds the pipelines.</summary>");
            writer.Line("/// <param name=\"context\">What they take from the application around them.</param>");
            writer.Block($"public Pipelines({Attributes}.ProtectionContext context)", () =>
            {
                foreach (var method in model.Methods)
                {
                    Build(writer, model, method);
                }
            });
            foreach (var method in model.Methods)
            {
                writer.Line();
                writer.Line($"/// <summary>Gets what the calls of {method.Name.TrimStart('@')} run through.</summary>");
                writer.Line($"public {Attributes}.ProtectedMethod {CSharp.Identifier(method.Property)} {{ get; }}");
            }
        });
    }

    private static void Build(SourceWriter writer, InterfaceModel model, MethodModel method)
    {
        var pipeline = method.Strategies.Count == 0 ? "{ });" : "builder"; // a fallback alone needs none
        writer.Line($"{CSharp.Identifier(method.Property)} = context.Protect({Name(model, method)}, static (builder, settings) => {pipeline}");
        writer.Deeper(() =>
        {
            for (var index = 0; index < method.Strategies.Count; index++)
            {
                Add(writer, method.Strategies[index], index + 1 == method.Strategies.Count ? ");" : "");
            }
        });
    }

    private static void Add(SourceWriter writer, StrategyModel strategy, string end) => writer.Block(
        $".{strategy.Extension}(settings.Over({CSharp.Text(strategy.Key)}, new global::{strategy.Namespace}.{strategy.Options}",
        () =>
        {
            writer.Line($"Name = builder.Name{(strategy.Suffix.Length == 0 ? "" : $" + {CSharp.Text(strategy.Suffix)}")},");
            foreach (var setting in strategy.Settings)
            {
                writer.Line($"{setting.Option} = {setting.Text},");
            }
        },
        "))" + end);

    // A generic interface has one set of pipelines for each type that it is closed with, and so one name.
    private static string Name(InterfaceModel model, MethodModel method) => model.TypeParameters.Count == 0
        ? CSharp.Text($"{model.ShortName}.{method.Pipeline}")
        : $"$\"{model.ShortName}<{string.Join(", ", model.TypeParameters.Select(static parameter => $"{{typeof({parameter}).Name}}"))}>.{method.Pipeline}\"";
}
