using Hosting.Tests.App;
using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Testing;
using Xunit;

namespace Hosting.Tests.Testing;

/// <summary>One start of the tests' AppHost with real stores, for all tests that only look at it or leave it as it was.</summary>
public sealed class RunningApp : IAsyncLifetime
{
    private static readonly TimeSpan _startWithin = TimeSpan.FromMinutes(2);

    public DistributedApplication App { get; private set; } = null!;

    public IDistributedApplicationTestingBuilder Builder { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_startWithin);
        Builder = await DistributedApplicationTestingBuilder.CreateAsync<Self>([$"--{Switches.WithStores}=true"], limit.Token);
        Builder.CreateResourceBuilder<ProjectResource>("front").WithEnvironment("Greeting", "from the test");
        var broken = Builder.AddProject<Self>("broken").WithEnvironment(Switches.Role, "service").WithEnvironment(Switches.Fault, Switches.Crash);
        Builder.AddProject<Self>("behind-broken").WithEnvironment(Switches.Role, "service").WaitFor(broken);
        App = await Builder.BuildAsync(limit.Token);
        await App.StartAsync(limit.Token);
        foreach (var resource in (string[])["shop-db", "cache", "back", "front"])
        {
            await App.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
        }
    }

    public ValueTask DisposeAsync() => App?.DisposeAsync() ?? ValueTask.CompletedTask;
}
