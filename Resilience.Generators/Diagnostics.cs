using Microsoft.CodeAnalysis;

namespace Resilience.Generators;

/// <summary>Everything that the generator says to the author of an interface. Each is an error: what isn't protected must not look as if it were.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor NotAwaitable = Describe(
        "RES001",
        "A protected method must return a task",
        "'{0}' returns '{1}', which can't be awaited, so [{2}] can't protect it. Return Task, Task<T>, ValueTask or ValueTask<T>, or mark it [Unprotected].");

    public static readonly DiagnosticDescriptor AsyncEnumerable = Describe(
        "RES002",
        "A stream can't be protected",
        "'{0}' returns '{1}', which fails while it is read, when the pipeline of [{2}] has long ended. Return a list, or mark it [Unprotected] and protect what reads it.");

    public static readonly DiagnosticDescriptor ByReference = Describe(
        "RES003",
        "A protected method can't have parameters by reference",
        "Parameter '{1}' of '{0}' is passed by '{2}', and an attempt may run when that reference is gone. Pass it by value, or mark the method [Unprotected].");

    public static readonly DiagnosticDescriptor StackOnly = Describe(
        "RES004",
        "A protected method can't have parameters that live on the stack",
        "Parameter '{1}' of '{0}' is a '{2}', which lives on the stack and can't wait for an attempt. Take an array or a Memory<T>, or mark the method [Unprotected].");

    public static readonly DiagnosticDescriptor NoToken = Describe(
        "RES005",
        "A method under [Timeout] must take a CancellationToken",
        "'{0}' takes no CancellationToken, so [Timeout] could not end it. Add a CancellationToken parameter, or mark it [Unprotected].");

    public static readonly DiagnosticDescriptor UnknownFallback = Describe(
        "RES006",
        "The fallback must be a method of the interface",
        "'{0}' falls back to '{1}', which is not a method of '{2}'. Name one of its methods, or add this one.");

    public static readonly DiagnosticDescriptor OtherSignature = Describe(
        "RES007",
        "The fallback must have the method's signature",
        "'{0}' falls back to '{1}', which has another signature. Declare it as '{2}'; an Exception may come before the other parameters.");

    public static readonly DiagnosticDescriptor OutOfRange = Describe(
        "RES008",
        "A value is out of its range",
        "[{1}] on '{0}' sets {2} to {3}. Choose a value from {4} to {5}.");

    public static readonly DiagnosticDescriptor NotATime = Describe(
        "RES009",
        "A text is not a time",
        $"[{{1}}] on '{{0}}' sets {{2}} to \"{{3}}\", which is not a time. {Attributes.DurationText.Advice}");

    public static readonly DiagnosticDescriptor NotDecoratable = Describe(
        "RES010",
        "The interface can't be decorated",
        "No decorator can be written for '{0}': {1}");

    public static readonly DiagnosticDescriptor NothingToDecorate = Describe(
        "RES011",
        "AddResilient needs an interface with resilience attributes",
        "AddResilient has nothing to protect: no method of '{0}' has a resilience attribute. Add one, or register the service without AddResilient.");

    public static readonly DiagnosticDescriptor FallbackCycle = Describe(
        "RES012",
        "Fallbacks must end",
        "The fallback of '{0}' leads back to it: {1}. The last one must not have a fallback.");

    public static readonly DiagnosticDescriptor SeveralTokens = Describe(
        "RES013",
        "A protected method can take one CancellationToken",
        "'{0}' takes {1} CancellationTokens, and an attempt can be ended by one only. Take one, or mark the method [Unprotected].");

    public static readonly DiagnosticDescriptor AttemptOutlastsTotal = Describe(
        "RES014",
        "An attempt must fit into the whole call",
        "[Timeout] on '{0}' gives an attempt {1}, and the whole call with all its attempts only {2}. Make PerAttempt the shorter one.");

    public static readonly DiagnosticDescriptor BoundsNothing = Describe(
        "RES015",
        "A timeout must bound something",
        "[Timeout] on '{0}' bounds nothing. Write [Timeout(\"2s\")] for the whole call, PerAttempt = \"500ms\" for each attempt, or both.");

    public static readonly DiagnosticDescriptor NotOnAnInterface = Describe(
        "RES016",
        "Resilience attributes belong on interfaces",
        "[{1}] on '{0}' does nothing: a decorator is written for an interface. Put the attribute on the interface's method.");

    public static readonly DiagnosticDescriptor NotAnException = Describe(
        "RES017",
        "Only exceptions can be tried again",
        "[{1}] on '{0}' names '{2}', which is not an exception. Name types that derive from Exception.");

    public static IReadOnlyDictionary<string, DiagnosticDescriptor> ById { get; } = new[]
    {
        NotAwaitable, AsyncEnumerable, ByReference, StackOnly, NoToken, UnknownFallback, OtherSignature, OutOfRange,
        NotATime, NotDecoratable, NothingToDecorate, FallbackCycle, SeveralTokens, AttemptOutlastsTotal, BoundsNothing, NotOnAnInterface, NotAnException,
    }.ToDictionary(static descriptor => descriptor.Id);

    private static DiagnosticDescriptor Describe(string id, string title, string message) =>
        new(id, title, message, "Resilience", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
