using Resilience.Generators.Models;
using Resilience.Generators.Reading;

namespace Resilience.Generators.Writing;

/// <summary>Writes the decorator of an interface.</summary>
internal static class DecoratorWriter
{
    public static string Write(InterfaceModel model)
    {
        var writer = new SourceWriter();
        writer.Head();
        var strategies = model.Methods.SelectMany(static method => method.Strategies);
        foreach (var space in strategies.Select(static strategy => strategy.Namespace).Distinct().OrderBy(static space => space, StringComparer.Ordinal))
        {
            writer.Line($"using global::{space};");
        }

        writer.Line($"using global::{KnownNames.Namespace};");
        writer.Line();
        if (model.Namespace.Length > 0)
        {
            writer.Line($"namespace {model.Namespace};");
            writer.Line();
        }

        var name = model.Decorator + model.TypeParameterList;
        writer.Line($"/// <summary>Protects an <see cref=\"{model.ShortName}{Cref(model)}\"/> as the attributes on it say.</summary>");
        writer.Line(RegistrationWriter.GeneratedCode);
        writer.Block(
            $"{(model.IsPublic ? "public" : "internal")} sealed class {name}({model.Interface} inner, {name}.Pipelines pipelines) : {model.Interface}{model.Constraints}",
            () => Body(writer, model));
        return writer.ToString();
    }

    // Explicit implementations all: two inherited interfaces may declare the same method, and a default value is the interface's alone to state.
    private static void Body(SourceWriter writer, InterfaceModel model)
    {
        writer.Line($"private readonly {model.Interface} _inner = inner;");
        writer.Line("private readonly Pipelines _pipelines = pipelines;");
        foreach (var method in model.Methods)
        {
            writer.Line();
            new MethodWriter(model, method).Write(writer);
        }

        foreach (var member in model.Forwarded)
        {
            writer.Line();
            writer.Line(member.Source);
        }

        writer.Line();
        PipelineWriter.Write(writer, model);
    }

    private static string Cref(InterfaceModel model) => model.TypeParameters.Count == 0 ? "" : $"{{{string.Join(", ", model.TypeParameters)}}}";
}
