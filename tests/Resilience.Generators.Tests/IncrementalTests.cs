using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>An edit costs what it changes, and nothing is held of an old compilation.</summary>
public sealed class IncrementalTests
{
    private const string Shop = """
        namespace Shop;
        public interface IShop { [Retry(3)] Task BuyAsync(int id, CancellationToken token); }
        """;

    private const string Start = """
        namespace Shop;
        public class Plain : IShop { public Task BuyAsync(int id, CancellationToken token) => Task.CompletedTask; }
        public static class Start { public static void Up(IServiceCollection services) => services.AddResilient<IShop, Plain>(); }
        """;

    [Fact]
    public void An_edit_elsewhere_writes_nothing_again()
    {
        var reasons = Reasons(static compilation => compilation.AddSyntaxTrees(Parse("namespace Shop; public class Unrelated { }")));

        AssertUnchanged(reasons, ResilienceGenerator.InterfaceStep, ResilienceGenerator.RegistrationStep, "SourceOutput");
    }

    [Fact]
    public void A_comment_above_the_interface_writes_nothing_again()
    {
        var reasons = Reasons(static compilation => Replace(compilation, index: 1, "// A comment that moves everything down.\n" + Shop));

        AssertUnchanged(reasons, ResilienceGenerator.InterfaceStep, ResilienceGenerator.RegistrationStep, "SourceOutput");
    }

    [Fact]
    public void A_change_of_an_attribute_writes_its_decorator_again_and_no_other()
    {
        var reasons = Reasons(static compilation => Replace(compilation, index: 1, Shop.Replace("Retry(3)", "Retry(4)", StringComparison.Ordinal)));

        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged], reasons[ResilienceGenerator.InterfaceStep].Order());
        AssertUnchanged(reasons, ResilienceGenerator.RegistrationStep);
    }

    private static void AssertUnchanged(Dictionary<string, IncrementalStepRunReason[]> reasons, params string[] steps)
    {
        foreach (var step in steps)
        {
            Assert.NotEmpty(reasons[step]);
            Assert.All(reasons[step], static reason => Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString()));
        }
    }

    // Two interfaces, so that what an edit leaves alone shows.
    private static Dictionary<string, IncrementalStepRunReason[]> Reasons(Func<Compilation, Compilation> edit)
    {
        var before = Generation.Compile(Shop, Start, "namespace Shop; public interface IOther { [CircuitBreaker] Task A(); }");
        var driver = Generation.Driver(tracking: true).RunGenerators(before, TestContext.Current.CancellationToken);
        var result = driver.RunGenerators(edit(before), TestContext.Current.CancellationToken).GetRunResult().Results.Single();
        return result.TrackedSteps.ToDictionary(
            static step => step.Key,
            static step => step.Value.SelectMany(static run => run.Outputs).Select(static output => output.Reason).ToArray());
    }

    private static Compilation Replace(Compilation compilation, int index, string source) =>
        compilation.ReplaceSyntaxTree(compilation.SyntaxTrees.ElementAt(index), Parse(source));

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, path: "1.cs", cancellationToken: TestContext.Current.CancellationToken);
}
