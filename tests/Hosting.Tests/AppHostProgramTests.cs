using System.Reflection;
using System.Text.RegularExpressions;
using LocalRunner;
using Xunit;

namespace Hosting.Tests;

/// <summary>Holds AppHost/Program.cs to what Aspire has too: the signatures of its 13.5 release, as far as this project uses them.</summary>
public sealed partial class AppHostProgramTests
{
    // Aspire's parameters. LocalRunner may leave out optional ones at the end: what compiles against the shorter list compiles against the longer.
    private static readonly string[] _aspire =
    [
        "CreateBuilder(String[] args)",
        "Build()",
        "RunAsync(CancellationToken cancellationToken = default)",
        "AddPostgres(String name, IResourceBuilder<ParameterResource> userName = default, IResourceBuilder<ParameterResource> password = default, Nullable<Int32> port = default)",
        "AddDatabase(String name, String databaseName = default)",
        "AddRedis(String name, Nullable<Int32> port = default, IResourceBuilder<ParameterResource> password = default)",
        "AddProject(String name)",
        "WithReference(IResourceBuilder<IResourceWithConnectionString> source, String connectionName = default, Boolean optional = default)",
        "WithReference(IResourceBuilder<IResourceWithServiceDiscovery> source)",
        "WaitFor(IResourceBuilder<IResource> dependency)",
        "WaitForStart(IResourceBuilder<IResource> dependency)",
        "WithReplicas(Int32 replicas)",
        "WithEnvironment(String name, String value)",
        "WithEnvironment(String name, EndpointReference endpointReference)",
        "WithHttpEndpoint(Nullable<Int32> port = default, Nullable<Int32> targetPort = default, String name = default, String env = default, Nullable<Boolean> isProxied = default)",
        "GetEndpoint(String name)",
        "WithExternalHttpEndpoints()",
        "WithHttpHealthCheck(String path = default, Nullable<Int32> statusCode = default, String endpointName = default)",
    ];

    private static readonly Type[] _model =
    [
        typeof(DistributedApplication), typeof(IDistributedApplicationBuilder), typeof(PostgresBuilderExtensions), typeof(RedisBuilderExtensions),
        typeof(ProjectResourceBuilderExtensions), typeof(ResourceBuilderExtensions),
    ];

    private static string Program { get; } = File.ReadAllText(Path.Combine(Repository.Root, "AppHost", "Program.cs"));

    [Fact]
    public void Calls_nothing_that_Aspire_lacks()
    {
        var known = _aspire.Select(static signature => signature[..signature.IndexOf('(', StringComparison.Ordinal)]);

        Assert.Empty(Calls().Matches(Program).Select(static call => call.Groups["name"].Value).Except(known, StringComparer.Ordinal));
    }

    [Fact]
    public void Whatever_compiles_here_compiles_against_Aspire()
    {
        var called = Calls().Matches(Program).Select(static call => call.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        var offered = _model.SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance))
            .Where(method => called.Contains(method.Name)).Select(Signature).ToList();

        Assert.NotEmpty(offered);
        Assert.DoesNotContain(offered, static signature => !Array.Exists(_aspire, aspire => IsShortFormOf(signature, aspire)));
    }

    [Fact]
    public void Says_the_same_for_both_hosts_in_the_same_words()
    {
        Assert.DoesNotContain("#", Program, StringComparison.Ordinal);
        Assert.DoesNotMatch(Usings(), Program);
        Assert.DoesNotContain("LocalRunner", Program, StringComparison.Ordinal);
        Assert.DoesNotContain("Aspire", Program, StringComparison.Ordinal);
    }

    private static bool IsShortFormOf(string signature, string aspire)
    {
        var rest = aspire.StartsWith(signature[..^1], StringComparison.Ordinal) ? aspire[(signature.Length - 1)..^1] : null;
        return rest is not null && rest.TrimStart(',').Split(", ", StringSplitOptions.RemoveEmptyEntries).All(static left => left.EndsWith(" = default", StringComparison.Ordinal));
    }

    private static string Signature(MethodInfo method)
    {
        var parameters = method.GetParameters().Skip(method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute)) ? 1 : 0)
            .Select(static parameter => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.IsOptional ? " = default" : "")}");
        return $"{method.Name}({string.Join(", ", parameters)})";
    }

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    [GeneratedRegex(@"\.(?<name>\w+)(<[\w.]+>)?\(", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Calls();

    [GeneratedRegex(@"^\s*using\b", RegexOptions.CultureInvariant | RegexOptions.Multiline, 1000)]
    private static partial Regex Usings();
}
