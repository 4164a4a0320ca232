using EmbeddedStores.AppModel;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Aspire.Hosting;

/// <summary>Runs PostgreSQL without a container engine.</summary>
public static class EmbeddedPostgresExtensions
{
    /// <summary>Runs PostgreSQL as a process of this machine instead of a container.</summary>
    /// <remarks>
    /// In publish mode, and with the setting <c>Stores=containers</c>, nothing changes. With <c>ConnectionStrings__&lt;name&gt;</c> set, no
    /// process is started: the resource stands for the server that is given.
    /// </remarks>
    /// <param name="postgres">The server's builder.</param>
    /// <returns>The same builder.</returns>
    public static IResourceBuilder<PostgresServerResource> RunAsProcess(this IResourceBuilder<PostgresServerResource> postgres)
    {
        ArgumentNullException.ThrowIfNull(postgres);
        var app = postgres.ApplicationBuilder;
        if (app.ExecutionContext.IsPublishMode)
        {
            return postgres;
        }

        var registry = StoreRegistry.Of(app);
        if (registry.IsContainers)
        {
            return postgres;
        }

        if (app.Configuration.GetConnectionString(postgres.Resource.Name) is { Length: > 0 } text)
        {
            return postgres.StandForGiven(text, registry);
        }

        var name = postgres.Resource.Name;
        if (!app.Resources.Contains(postgres.Resource.PasswordParameter))
        {
            // Not a parameter of the model, so Aspire generated it: a new one at each run, while the data keeps the old one.
            postgres.WithPassword(app.CreateResourceBuilder(new ParameterResource($"{name}-password", _ => registry.OpenData().Secret(name), secret: true)));
        }

        var store = new EmbeddedPostgres(postgres.Resource, given: null, StoreEndpoint.Reserve(postgres));
        registry.Add(store);
        StoreSurrogate.RunAsProcess(postgres, store, registry);
        return postgres;
    }

    /// <summary>Adds commands that break the store on purpose, and heal it: Pause, Kill, Heal and Reset data.</summary>
    /// <remarks>In publish mode, for containers and for a server that is given, nothing changes.</remarks>
    /// <param name="postgres">The server's builder, after <see cref="RunAsProcess"/>.</param>
    /// <param name="pause">How long a pause lasts when nothing heals it: up to 10 minutes; null for 60 seconds.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pause"/> is not positive, or longer than 10 minutes.</exception>
    /// <exception cref="InvalidOperationException"><see cref="RunAsProcess"/> was not called.</exception>
    public static IResourceBuilder<PostgresServerResource> WithFaultCommands(this IResourceBuilder<PostgresServerResource> postgres, TimeSpan? pause = null)
    {
        ArgumentNullException.ThrowIfNull(postgres);
        StoreFaults.AddCommands(postgres, pause);
        return postgres;
    }

    private static IResourceBuilder<PostgresServerResource> StandForGiven(
        this IResourceBuilder<PostgresServerResource> postgres, string text, StoreRegistry registry)
    {
        var app = postgres.ApplicationBuilder;
        var name = postgres.Resource.Name;
        NpgsqlConnectionStringBuilder given;
        try
        {
            given = new(text);
            given.Host ??= "localhost";
        }
        catch (ArgumentException failure)
        {
            registry.AddProblem(
                $"ConnectionStrings__{name} can't be read ({failure.Message.TrimEnd('.')}). "
                + "Write it as Host=…;Port=…;Username=…;Password=…, or remove it, so that a server is started.");
            return postgres;
        }

        postgres.WithUserName(app.CreateResourceBuilder(new ParameterResource($"{name}-username", _ => given.Username ?? "postgres")));
        postgres.WithPassword(app.CreateResourceBuilder(new ParameterResource($"{name}-password", _ => given.Password ?? "", secret: true)));
        postgres.WithConnectionStringRedirection(new GivenConnection(name, given.ConnectionString));
        StoreEndpoint.Allocate(postgres, given.Host, given.Port);
        var store = new EmbeddedPostgres(postgres.Resource, given.ConnectionString, port: 0);
        registry.Add(store);
        StoreSurrogate.StandForGiven(postgres, store);
        return postgres;
    }
}
