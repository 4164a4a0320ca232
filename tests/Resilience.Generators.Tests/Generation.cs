using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>Runs the generator on a source, as the compiler would.</summary>
internal sealed record Generation(IReadOnlyList<Diagnostic> Complaints, IReadOnlyDictionary<string, string> Files, IReadOnlyList<Diagnostic> Errors)
{
    private static readonly MetadataReference[] _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => !path.EndsWith("Resilience.Generators.Tests.dll", StringComparison.Ordinal)) // it has decorators of its own
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.Extensions.DependencyInjection;
        global using Resilience.Attributes;
        """;

    public static CSharpCompilation Compile(params string[] sources) => CSharpCompilation.Create(
        "Shop",
        [.. sources.Prepend(Usings).Select(static (source, index) => CSharpSyntaxTree.ParseText(source, path: $"{index}.cs", cancellationToken: TestContext.Current.CancellationToken))],
        _references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));

    public static GeneratorDriver Driver(bool tracking = false) => CSharpGeneratorDriver.Create(
        [new ResilienceGenerator().AsSourceGenerator()],
        driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: tracking));

    public static Generation Run(params string[] sources)
    {
        var driver = Driver().RunGeneratorsAndUpdateCompilation(
            Compile(sources), out var after, out _, TestContext.Current.CancellationToken);
        var result = driver.GetRunResult().Results.Single();
        Assert.Null(result.Exception);
        return new(
            result.Diagnostics,
            result.GeneratedSources.ToDictionary(static file => file.HintName, static file => file.SourceText.ToString()),
            [.. after.GetDiagnostics(TestContext.Current.CancellationToken).Where(static diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)]);
    }

    /// <summary>Gets what was generated for sources that there is nothing to say about.</summary>
    public static Generation RunClean(params string[] sources)
    {
        var run = Run(sources);
        Assert.Empty(run.Complaints);
        Assert.Empty(run.Errors);
        return run;
    }
}
