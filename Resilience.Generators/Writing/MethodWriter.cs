using Resilience.Generators.Models;
using Resilience.Generators.Reading;

namespace Resilience.Generators.Writing;

/// <summary>Writes a method that runs through its pipeline.</summary>
/// <param name="model">The interface.</param>
/// <param name="method">The method.</param>
internal sealed class MethodWriter(InterfaceModel model, MethodModel method)
{
    private const string Tasks = "global::System.Threading.Tasks";

    // What a call needs travels as an argument, so that the lambdas are static and a call allocates no closure.
    private readonly List<ParameterModel> _carried = method.Parameters.Where(static parameter => !parameter.IsToken).ToList();

    private string Self => _carried.Count == 0 ? "state" : "state.Item1";

    private string Token => method.Parameters.FirstOrDefault(static parameter => parameter.IsToken)?.Name ?? "default";

    private string ValueTask => method.ResultType.Length == 0 ? $"{Tasks}.ValueTask" : $"{Tasks}.ValueTask<{method.ResultType}>";

    private bool ReturnsTask => method.Returns is AwaitableKind.Task or AwaitableKind.TaskOfResult;

    public void Write(SourceWriter writer)
    {
        var parameters = string.Join(", ", method.Parameters.Select(static parameter => $"{parameter.Type} {parameter.Name}"));
        writer.Line($"{method.Attributes}{method.ReturnType} {method.Owner}.{method.Name}{method.TypeParameterList}({parameters}){method.Constraints} =>");
        writer.Deeper(() =>
        {
            writer.Line($"_pipelines.{CSharp.Identifier(method.Property)}.ExecuteAsync(");
            writer.Deeper(() =>
            {
                writer.Line(_carried.Count == 0 ? "this," : $"(this, {string.Join(", ", _carried.Select(static parameter => parameter.Name))}),");
                writer.Line($"static (state, token) => {AsValueTask(Call())},");
                writer.Line(method.Fallback is { } fallback ? $"static (state, failure, token) => {AsValueTask(Call(fallback))}," : "null,");
                writer.Line($"{Token}){(ReturnsTask ? ".AsTask()" : "")};");
            });
        });
    }

    private string AsValueTask(string call) => ReturnsTask ? $"new {ValueTask}({call})" : call;

    private string Call()
    {
        var inner = $"{Self}._inner";
        return $"{(method.Owner == model.Interface ? inner : $"(({method.Owner}){inner})")}.{method.Name}{method.TypeParameterList}({Arguments()})";
    }

    // Through the decorator, so that what protects the fallback itself holds for it.
    private string Call(FallbackModel fallback) =>
        $"(({fallback.Owner}){Self}).{fallback.Name}{method.TypeParameterList}({(fallback.TakesException ? "failure" : "")}"
        + $"{(fallback.TakesException && method.Parameters.Count > 0 ? ", " : "")}{Arguments()})";

    private string Arguments()
    {
        var number = 1;
        return string.Join(", ", method.Parameters.Select(parameter => parameter.IsToken ? "token" : $"state.Item{++number}"));
    }
}
