using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>Everything that an interface may hold is written as C# that compiles without a warning.</summary>
public sealed class CompilationTests
{
    [Theory]
    [InlineData("[CircuitBreaker] Task A(CancellationToken token); [Bulkhead(4)] Task<int> B(); [Bulkhead(4)] ValueTask C(); [CircuitBreaker] ValueTask<string?> D(int a);")]
    [InlineData("[CircuitBreaker] Task<T> A<T>(T item, CancellationToken token) where T : class, new(); [CircuitBreaker] Task<T?> B<T>(T? item); [CircuitBreaker] Task<T?> C<T>(T? item) where T : struct;")]
    [InlineData("[CircuitBreaker] Task<T?> A<T>(T? item) where T : notnull; [CircuitBreaker] Task<T?> B<T>(T? item) where T : class; [CircuitBreaker] Task<T?> C<T>(T? item) where T : Exception;")]
    [InlineData("[CircuitBreaker] Task A(int @class, string state, string token, string @event, CancellationToken failure);")]
    [InlineData("[CircuitBreaker] Task A(CancellationToken token, int a = 3, string? b = null, params int[] rest);")]
    [InlineData("[CircuitBreaker] Task A(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j);")]
    [InlineData("[CircuitBreaker] Task Pipelines(); [CircuitBreaker] Task ToString(int a); [CircuitBreaker] Task GetHashCode(int a);")]
    [InlineData("[CircuitBreaker] Task A(); [CircuitBreaker] Task A(int a); [CircuitBreaker] Task A(string? a, CancellationToken token);")]
    [InlineData("[CircuitBreaker] Task A(dynamic a, (int B, string? C) d, Dictionary<string, List<int?>?> e, int[,][] f);")]
    public void A_protected_method_compiles(string members) => Generation.RunClean($"namespace Shop {{ public interface IShop {{ {members} }} }}");

    [Theory]
    [InlineData("int P { get; } string? Q { get; set; } int R { set; } int this[int a, string b] { get; set; } ref int S { get; } ref readonly int T { get; }")]
    [InlineData("event EventHandler? E; event Action<int> F;")]
    [InlineData("void M(); int N(int a = 3); void O(ref int a, in int b, out int c, ref readonly int d); ref int P(); ref readonly int Q();")]
    [InlineData("void M(Span<int> a, scoped Span<int> b, params ReadOnlySpan<int> c); void N(scoped ref int a); int O(scoped in int b);")]
    [InlineData("T M<T>(T a) where T : allows ref struct; T? N<T>(T? a); IAsyncEnumerable<int> O(CancellationToken token);")]
    [InlineData("int M() => 3; static int N() => 4; private int O() => 5; static virtual int P() => 6;")]
    [InlineData("unsafe void M(int* a, delegate*<int, void> b); unsafe int* N();")]
    [InlineData("[Obsolete] Task M(); [Obsolete(\"no\", true)] int N { get; } [System.Diagnostics.CodeAnalysis.Experimental(\"X1\")] void O();")]
    public void What_is_not_protected_is_passed_on(string members) =>
        Generation.RunClean($"namespace Shop {{ public interface IShop {{ [CircuitBreaker] Task A(); {members} }} }}");

    [Theory]
    [InlineData("public interface IShop { [CircuitBreaker] Task A(); }")] // the global namespace
    [InlineData("namespace Shop.Resilience.Retries { public interface IShop { [CircuitBreaker] Task A(); } }")] // names that the generated code uses, too
    [InlineData("namespace Shop { public class Outer { internal class Middle { public interface IShop { [CircuitBreaker] Task A(); } } } }")]
    [InlineData("namespace @class { public interface @interface { [CircuitBreaker] Task @void(); } }")]
    [InlineData("namespace Shop { public interface IRead<out T> { [CircuitBreaker] Task A(); } public interface IWrite<in T> { [CircuitBreaker] Task A(T a); } }")]
    [InlineData("namespace Shop { public interface IStore<TKey, T> where TKey : struct, IEquatable<TKey> where T : class?, new() { [CircuitBreaker] Task<T?> A(TKey key); } }")]
    [InlineData("namespace Shop { public interface IStore { [CircuitBreaker] Task A(); } public interface IStore<T> { [CircuitBreaker] Task A(); } }")]
    [InlineData("namespace Shop { public partial interface IShop { [CircuitBreaker] Task A(); } public partial interface IShop { [CircuitBreaker] Task B(); } }")]
    [InlineData("namespace Shop { public interface IBase { [CircuitBreaker] Task A(); int P { get; } } public interface IShop : IBase, IDisposable { [CircuitBreaker] Task B(); } }")]
    [InlineData("namespace Shop { public interface IOne { Task A(); } public interface ITwo { Task A(); } [CircuitBreaker] public interface IShop : IOne, ITwo { new Task A(); } }")]
    [InlineData("namespace Shop { public interface IBase { Task A(); } public interface IShop : IBase { [CircuitBreaker] Task B(); Task IBase.A() => B(); } }")]
    public void An_interface_anywhere_compiles(string source) => Generation.RunClean(source);

    [Fact]
    public void Nothing_is_written_for_an_interface_without_attributes() =>
        Assert.Equal(["Microsoft.CodeAnalysis.EmbeddedAttribute.cs"], Generation.RunClean("public interface IShop { Task A(); }").Files.Keys);
}
