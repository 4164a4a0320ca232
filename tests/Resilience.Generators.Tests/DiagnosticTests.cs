using Microsoft.CodeAnalysis;
using Xunit;

namespace Resilience.Generators.Tests;

/// <summary>What can't be protected is said so: in these words and at the place in brackets.</summary>
public sealed class DiagnosticTests
{
    public static TheoryData<string, string, string> Mistakes => new()
    {
        {
            "[Retry] int {|Count|}();", "RES001",
            "'IShop.Count' returns 'int', which can't be awaited, so [Retry] can't protect it. Return Task, Task<T>, ValueTask or ValueTask<T>, or mark it [Unprotected]."
        },
        {
            "[Bulkhead(3)] void {|Stop|}();", "RES001",
            "'IShop.Stop' returns 'void', which can't be awaited, so [Bulkhead] can't protect it. Return Task, Task<T>, ValueTask or ValueTask<T>, or mark it [Unprotected]."
        },
        {
            "[Retry] ref Task {|A|}();", "RES001",
            "'IShop.A' returns 'ref Task', which can't be awaited, so [Retry] can't protect it. Return Task, Task<T>, ValueTask or ValueTask<T>, or mark it [Unprotected]."
        },
        {
            "[CircuitBreaker] IAsyncEnumerable<int> {|Items|}(CancellationToken token);", "RES002",
            "'IShop.Items' returns 'IAsyncEnumerable<int>', which fails while it is read, when the pipeline of [CircuitBreaker] has long ended. "
            + "Return a list, or mark it [Unprotected] and protect what reads it."
        },
        {
            "[Retry] Task A(ref int {|left|});", "RES003",
            "Parameter 'left' of 'IShop.A' is passed by 'ref', and an attempt may run when that reference is gone. Pass it by value, or mark the method [Unprotected]."
        },
        {
            "[Retry] Task A(out int {|left|});", "RES003",
            "Parameter 'left' of 'IShop.A' is passed by 'out', and an attempt may run when that reference is gone. Pass it by value, or mark the method [Unprotected]."
        },
        {
            "[Retry] Task A(in DateTime {|when|});", "RES003",
            "Parameter 'when' of 'IShop.A' is passed by 'in', and an attempt may run when that reference is gone. Pass it by value, or mark the method [Unprotected]."
        },
        {
            "[Retry] Task A(ref readonly DateTime {|when|});", "RES003",
            "Parameter 'when' of 'IShop.A' is passed by 'ref readonly', and an attempt may run when that reference is gone. Pass it by value, or mark the method [Unprotected]."
        },
        {
            "[Retry] Task A(ReadOnlySpan<byte> {|body|});", "RES004",
            "Parameter 'body' of 'IShop.A' is a 'ReadOnlySpan<byte>', which lives on the stack and can't wait for an attempt. "
            + "Take an array or a Memory<T>, or mark the method [Unprotected]."
        },
        {
            "[Retry] Task A<T>(T {|body|}) where T : allows ref struct;", "RES004",
            "Parameter 'body' of 'IShop.A' is a 'T', which lives on the stack and can't wait for an attempt. Take an array or a Memory<T>, or mark the method [Unprotected]."
        },
        {
            "[Timeout(\"2s\")] Task {|A|}(int id);", "RES005",
            "'IShop.A' takes no CancellationToken, so [Timeout] could not end it. Add a CancellationToken parameter, or mark it [Unprotected]."
        },
        {
            "[Fallback({|\"Nowhere\"|})] Task A();", "RES006",
            "'IShop.A' falls back to 'Nowhere', which is not a method of 'IShop'. Name one of its methods, or add this one."
        },
        {
            "[Fallback({|nameof(B)|})] Task<int> A(int id, CancellationToken token); Task<int> B(int id);", "RES007",
            "'IShop.A' falls back to 'B', which has another signature. "
            + "Declare it as 'Task<int> B(int id, CancellationToken token)'; an Exception may come before the other parameters."
        },
        {
            "[Fallback({|nameof(B)|})] Task<T> A<T>(T id); Task<int> B(int id);", "RES007",
            "'IShop.A' falls back to 'B', which has another signature. Declare it as 'Task<T> B<T>(T id)'; an Exception may come before the other parameters."
        },
        {
            "[Retry({|-1|})] Task A();", "RES008",
            "[Retry] on 'IShop.A' sets MaxRetryAttempts to -1. Choose a value from 0 to 2147483647."
        },
        {
            "[Bulkhead(maxConcurrency: {|0|})] Task A();", "RES008",
            "[Bulkhead] on 'IShop.A' sets MaxConcurrency to 0. Choose a value from 1 to 100000."
        },
        {
            "[CircuitBreaker(MinimumThroughput = 5, FailureRatio = {|1.5|})] Task A();", "RES008",
            "[CircuitBreaker] on 'IShop.A' sets FailureRatio to 1.5. Choose a value from 0.01 to 0.99."
        },
        {
            "[Retry(Delay = \"2h\", MaxDelay = {|\"25h\"|})] Task A();", "RES008",
            "[Retry] on 'IShop.A' sets MaxDelay to 1.01:00:00. Choose a value from 00:00:00 to 1.00:00:00."
        },
        {
            "[CircuitBreaker(BreakDuration = {|\"soon\"|})] Task A();", "RES009",
            "[CircuitBreaker] on 'IShop.A' sets BreakDuration to \"soon\", which is not a time. "
            + "Write a number with its unit, such as \"250ms\", \"2s\", \"1.5m\" or \"1h\", or a time such as \"00:00:02\"."
        },
        {
            "[Retry(Delay = {|\"30\"|})] Task A();", "RES009",
            "[Retry] on 'IShop.A' sets Delay to \"30\", which is not a time. "
            + "Write a number with its unit, such as \"250ms\", \"2s\", \"1.5m\" or \"1h\", or a time such as \"00:00:02\"."
        },
        {
            "[Fallback({|nameof(A)|})] Task A();", "RES012",
            "The fallback of 'IShop.A' leads back to it: A → A. The last one must not have a fallback."
        },
        {
            "[Retry] Task {|A|}(CancellationToken one, CancellationToken two);", "RES013",
            "'IShop.A' takes 2 CancellationTokens, and an attempt can be ended by one only. Take one, or mark the method [Unprotected]."
        },
        {
            "[Timeout(\"1s\", PerAttempt = {|\"1000ms\"|})] Task A(CancellationToken token);", "RES014",
            "[Timeout] on 'IShop.A' gives an attempt 00:00:01, and the whole call with all its attempts only 00:00:01. Make PerAttempt the shorter one."
        },
        {
            "[{|Timeout|}] Task A(CancellationToken token);", "RES015",
            "[Timeout] on 'IShop.A' bounds nothing. Write [Timeout(\"2s\")] for the whole call, PerAttempt = \"500ms\" for each attempt, or both."
        },
        {
            "[Retry(On = {|new[] { typeof(string) }|})] Task A();", "RES017",
            "[Retry] on 'IShop.A' names 'string', which is not an exception. Name types that derive from Exception."
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_in_a_method_is_named_where_it_is_made(string members, string id, string message) =>
        AssertOne($"public interface IShop {{ {members} }}", id, message);

    [Theory]
    [InlineData(
        "public interface IShop { [Retry] Task A(); static abstract int {|B|}(); }",
        "No decorator can be written for 'IShop': 'B' is static and abstract, and belongs to a type and not to the service that is decorated. Take it out of the interface.")]
    [InlineData(
        "public interface IShop { [Retry] Task A(); protected int B(); }",
        "No decorator can be written for 'IShop': 'B' can't be called from outside. Make it public.")]
    [InlineData(
        "public interface IShop { [Retry] Task A(); int B { get; init; } }",
        "No decorator can be written for 'IShop': 'B' can be set only while the service is created. Take its init accessor out of the interface.")]
    [InlineData(
        "file interface IShop { [Retry] Task A(); }",
        "No decorator can be written for 'IShop': 'IShop' can't be seen from another file. Make it internal or public.")]
    [InlineData(
        "public class Outer { private class Middle { public interface IShop { [Retry] Task A(); } } }",
        "No decorator can be written for 'IShop': 'Middle' can't be seen from another file. Make it internal or public.")]
    [InlineData(
        "public class Outer<T> { public interface IShop { [Retry] Task A(); } }",
        "No decorator can be written for 'IShop': it is nested in the generic type 'Outer'. Move it out.")]
    public void An_interface_without_a_decorator_says_why(string source, string message) =>
        AssertOne(source.Replace("{|B|}", "B", StringComparison.Ordinal).Replace("interface IShop", "interface {|IShop|}", StringComparison.Ordinal), "RES010", message);

    [Fact]
    public void A_mistake_on_an_interface_is_named_once_and_not_for_each_of_its_methods() => AssertOne(
        "[CircuitBreaker(FailureRatio = {|2.0|})] public interface IShop { Task A(); Task B(); Task C(); }",
        "RES008",
        "[CircuitBreaker] on 'IShop' sets FailureRatio to 2. Choose a value from 0.01 to 0.99.");

    [Fact]
    public void Fallbacks_that_run_in_a_circle_are_each_named()
    {
        var run = Generation.Run("public interface IShop { [Fallback(nameof(B))] Task A(); [Fallback(nameof(C))] Task B(); [Fallback(nameof(B))] Task C(); }");

        Assert.Equal(
            [
                "The fallback of 'IShop.B' leads back to it: B → C → B. The last one must not have a fallback.",
                "The fallback of 'IShop.C' leads back to it: C → B → C. The last one must not have a fallback.",
            ],
            run.Complaints.Select(static complaint => complaint.GetMessage(null)).Order());
    }

    [Fact]
    public void An_attribute_on_a_class_does_not_pass_for_protection() => AssertOne(
        "public class Shop { [{|Retry(3)|}] public Task BuyAsync() => Task.CompletedTask; }",
        "RES016",
        "[Retry] on 'Shop.BuyAsync' does nothing: a decorator is written for an interface. Put the attribute on the interface's method.");

    [Theory]
    [InlineData("{|IShop|}", "IShop")]
    [InlineData("{|Shop|}", "Shop")]
    public void Registering_what_has_no_attributes_is_a_mistake(string service, string name) => AssertOne(
        $$"""
        public interface IShop { Task A(); }
        public class Shop : IShop { public Task A() => Task.CompletedTask; }
        public interface IOther { [Retry] Task A(); }
        public static class Start { public static void Up(IServiceCollection services) => services.AddResilient<{{service}}, Shop>(); }
        """,
        "RES011",
        $"AddResilient has nothing to protect: no method of '{name}' has a resilience attribute. Add one, or register the service without AddResilient.");

    [Theory]
    [InlineData("[Retry] public interface IShop { Task A(); [Unprotected] int B(); [Unprotected] IAsyncEnumerable<int> C(); [Unprotected] Task D(ref int e); }")]
    [InlineData("[Timeout(\"2s\")] public interface IShop { Task A(CancellationToken token); [Unprotected] Task B(); }")]
    public void A_method_can_be_left_out_of_what_holds_for_its_interface(string source) => Assert.Empty(Generation.Run(source).Complaints);

    [Fact]
    public void What_is_refused_is_passed_on_so_that_the_mistake_is_the_only_error()
    {
        var run = Generation.Run("public interface IShop { [CircuitBreaker] int A(); [CircuitBreaker(FailureRatio = 7)] Task B(); }");

        Assert.Equal(["RES001", "RES008"], run.Complaints.Select(static complaint => complaint.Id).Order());
        Assert.Empty(run.Errors);
    }

    private static void AssertOne(string source, string id, string message)
    {
        var start = source.IndexOf("{|", StringComparison.Ordinal);
        var marked = source[(start + 2)..source.IndexOf("|}", StringComparison.Ordinal)];
        var text = source.Replace("{|", "", StringComparison.Ordinal).Replace("|}", "", StringComparison.Ordinal);

        var complaint = Assert.Single(Generation.Run(text).Complaints);

        Assert.Equal(id, complaint.Id);
        Assert.Equal(message, complaint.GetMessage(null));
        Assert.Equal(DiagnosticSeverity.Error, complaint.Severity);
        Assert.Equal("1.cs", complaint.Location.GetLineSpan().Path);
        Assert.Equal(marked, text.Substring(complaint.Location.SourceSpan.Start, complaint.Location.SourceSpan.Length));
        Assert.Equal(start, complaint.Location.SourceSpan.Start);
    }
}
