using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Resilience.Attributes;
using Xunit;

namespace Resilience.Generators.Tests;

public interface IRepository<T>
{
    [CircuitBreaker(ConsecutiveFailures = 1)]
    Task<T> GetAsync(int id);
}

public interface IInherits : ICatalogue;

public sealed class RegistrationTests
{
    [Fact]
    public async Task The_interface_is_the_decorator_and_the_service_is_itself()
    {
        await using var provider = new ServiceCollection().AddResilient<IShop, FakeShop>().BuildServiceProvider();

        Assert.IsType<ResilientShop>(provider.GetRequiredService<IShop>());
        provider.GetRequiredService<IShop>().Name = "market";
        Assert.Equal("market", provider.GetRequiredService<FakeShop>().Name);
    }

    [Fact]
    public async Task Two_scopes_have_two_services_and_one_breaker()
    {
        await using var provider = new ServiceCollection().AddResilient<IShop, FakeShop>(ServiceLifetime.Scoped).BuildServiceProvider(validateScopes: true);
        for (var call = 0; call < 3; call++)
        {
            await using var scope = provider.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<FakeShop>().Fail = static _ => new IOException();
            await Assert.ThrowsAsync<IOException>(scope.ServiceProvider.GetRequiredService<IShop>().PagesAsync);
        }

        await using var last = provider.CreateAsyncScope();
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(last.ServiceProvider.GetRequiredService<IShop>().PagesAsync);
    }

    [Fact]
    public async Task A_service_that_is_registered_already_stays_and_the_decorator_lives_as_long()
    {
        var services = new ServiceCollection().AddTransient(static _ => new FakeShop { Name = "mine" }).AddResilient<IShop, FakeShop>();
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("mine", provider.GetRequiredService<IShop>().Name);
        Assert.NotSame(provider.GetRequiredService<IShop>(), provider.GetRequiredService<IShop>());
        Assert.Equal(ServiceLifetime.Transient, Assert.Single(services, static service => service.ServiceType == typeof(IShop)).Lifetime);
    }

    [Fact]
    public async Task Registered_twice_it_is_decorated_once()
    {
        await using var provider = new ServiceCollection().AddResilient<IShop, FakeShop>().AddResilient<IShop, FakeShop>().BuildServiceProvider();
        var service = provider.GetRequiredService<FakeShop>();
        service.Fail = static _ => new IOException();

        await Assert.ThrowsAsync<IOException>(() => provider.GetRequiredService<IShop>().PriceAsync("tea", TestContext.Current.CancellationToken));

        Assert.Equal(3, service.Calls); // and not 9, as two decorators would make it
    }

    [Fact]
    public async Task A_closed_generic_service_has_breakers_for_its_type()
    {
        await using var provider = new ServiceCollection()
            .AddResilient<IRepository<int>, Broken<int>>()
            .AddResilient<IRepository<string>, Broken<string>>()
            .BuildServiceProvider();

        await Assert.ThrowsAsync<IOException>(() => provider.GetRequiredService<IRepository<int>>().GetAsync(1));
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => provider.GetRequiredService<IRepository<int>>().GetAsync(1));
        await Assert.ThrowsAsync<IOException>(() => provider.GetRequiredService<IRepository<string>>().GetAsync(1));
    }

    [Fact]
    public async Task An_interface_that_only_inherits_attributes_is_decorated_where_it_is_registered()
    {
        await using var provider = new ServiceCollection().AddResilient<IInherits, Catalogue>().BuildServiceProvider();

        Assert.IsType<ResilientInherits>(provider.GetRequiredService<IInherits>());
        Assert.Equal(7, await provider.GetRequiredService<IInherits>().PagesAsync());
    }

    [Fact]
    public void Through_a_type_parameter_only_what_is_known_here_can_be_registered()
    {
        static IServiceCollection Add<TService>(IServiceCollection services)
            where TService : class => services.AddResilient<TService, TService>();

        Assert.Contains(Add<IShop>(new ServiceCollection()), static service => service.ServiceType == typeof(IShop));
        var unknown = Assert.Throws<NotSupportedException>(() => Add<IDisposable>(new ServiceCollection()));
        Assert.Equal("There is no decorator for System.IDisposable here. Call AddResilient with the interface itself, not through a type parameter.", unknown.Message);
    }

    [Fact]
    public async Task Time_and_settings_come_from_the_container()
    {
        var time = new FakeTimeProvider();
        await using var provider = new ServiceCollection()
            .AddSingleton<TimeProvider>(time)
            .AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddInMemoryCollection([new("Resilience:Methods:IShop.PagesAsync:CircuitBreaker:ConsecutiveFailures", "1")]).Build())
            .AddResilient<IShop, FakeShop>()
            .BuildServiceProvider();
        var shop = provider.GetRequiredService<IShop>();
        provider.GetRequiredService<FakeShop>().Fail = static call => call == 1 ? new IOException() : null;

        await Assert.ThrowsAsync<IOException>(shop.PagesAsync);
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(shop.PagesAsync);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(7, await shop.PagesAsync());
    }

    private sealed class Broken<T> : IRepository<T>
    {
        public Task<T> GetAsync(int id) => throw new IOException();
    }

    private sealed class Catalogue : IInherits
    {
        public Task<int> PagesAsync() => Task.FromResult(7);

        public async ValueTask PrintAsync(Task until) => await until;
    }
}
