using LocalRunner;
using LocalRunner.ApplicationModel;
using LocalRunner.Orchestration;
using Xunit;

namespace Hosting.Tests.Orchestration;

public sealed class StartOrderTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder([]);

    [Fact]
    public void What_waits_comes_a_wave_after_what_it_waits_for_and_a_database_after_its_server()
    {
        var postgres = _builder.AddPostgres("postgres");
        var database = postgres.AddDatabase("db");
        _builder.AddRedis("cache");
        var orders = Service("orders").WaitFor(database);
        Service("gateway").WaitForStart(orders);

        Assert.Equal([["postgres", "cache"], ["db"], ["orders"], ["gateway"]], Names(StartOrder.Of([.. _builder.Resources])));
    }

    [Fact]
    public void A_reference_alone_holds_nothing_back()
    {
        Service("orders").WithReference(Service("inventory"));

        Assert.Equal([["orders", "inventory"]], Names(StartOrder.Of([.. _builder.Resources])));
    }

    [Fact]
    public void Resources_that_wait_for_one_another_are_named()
    {
        var (a, b, c) = (Service("a"), Service("b"), Service("c"));
        Service("outside").WaitFor(a);
        a.WaitFor(b);
        b.WaitFor(c);
        c.WaitFor(a);

        var refusal = Assert.Throws<LocalRunnerException>(() => StartOrder.Of([.. _builder.Resources]));

        Assert.Equal("'a' waits for 'b' waits for 'c' waits for 'a', so none of them can ever start. Take one WaitFor out of AppHost/Program.cs.", refusal.Message);
    }

    [Fact]
    public void Waiting_for_a_resource_that_is_not_there_is_refused()
    {
        Service("orders").WaitFor(DistributedApplication.CreateBuilder([]).AddRedis("elsewhere"));

        var refusal = Assert.Throws<LocalRunnerException>(() => StartOrder.Of([.. _builder.Resources]));

        Assert.Equal(
            "'orders' waits for 'elsewhere', which is not part of the application. Add it in AppHost/Program.cs, or wait for something else.", refusal.Message);
    }

    [Fact]
    public void Stops_who_uses_a_resource_before_that_resource()
    {
        var postgres = _builder.AddPostgres("postgres");
        var database = postgres.AddDatabase("db");
        var cache = _builder.AddRedis("cache");
        var inventory = Service("inventory").WithReference(database).WaitFor(database).WithReference(cache);
        var orders = Service("orders").WithReference(database).WithReference(inventory);
        Service("gateway").WithReference(inventory).WithReference(orders);

        Assert.Equal([["gateway"], ["orders"], ["inventory"], ["db"], ["postgres", "cache"]], Names(StartOrder.ToStop([.. _builder.Resources])));
    }

    [Fact]
    public void Services_that_call_one_another_are_stopped_all_the_same()
    {
        var a = Service("a");
        a.WithReference(Service("b").WithReference(a));

        Assert.Equal([["b"], ["a"]], Names(StartOrder.ToStop([.. _builder.Resources])));
    }

    private static IEnumerable<IEnumerable<string>> Names(IEnumerable<IEnumerable<IResource>> waves) =>
        waves.Select(static wave => wave.Select(static resource => resource.Name));

    private IResourceBuilder<ProjectResource> Service(string name) => _builder.AddResource(new ProjectResource(name));
}
