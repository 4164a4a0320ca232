namespace Resilience.Generators.Models;

/// <summary>A method that runs through a pipeline of its own.</summary>
/// <param name="Attributes">What must be said about it for it to be written at all.</param>
/// <param name="Owner">The interface that declares it, which may be a base of the decorated one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Returns">How its calls are awaited.</param>
/// <param name="ReturnType">What it returns, whole.</param>
/// <param name="ResultType">What awaiting it gives; empty for nothing.</param>
/// <param name="TypeParameters">The names of its type parameters.</param>
/// <param name="Constraints">What must be said again about them in an explicit implementation.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Property">The name of the property that holds its pipeline.</param>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Strategies">What the pipeline is made of, outermost first.</param>
/// <param name="Fallback">What answers when the pipeline has failed.</param>
internal sealed record MethodModel(
    string Attributes,
    string Owner,
    string Name,
    AwaitableKind Returns,
    string ReturnType,
    string ResultType,
    EquatableArray<string> TypeParameters,
    string Constraints,
    EquatableArray<ParameterModel> Parameters,
    string Property,
    string Pipeline,
    EquatableArray<StrategyModel> Strategies,
    FallbackModel? Fallback)
{
    public string TypeParameterList => TypeParameters.Count == 0 ? "" : $"<{string.Join(", ", TypeParameters)}>";
}
