using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace EmbeddedStores.Tests.AppModel;

/// <summary>The AppHost of these tests, started through Aspire.Hosting.Testing.</summary>
public sealed class RunningApp : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(150); // the first time, Garnet is fetched
    private readonly CancellationTokenSource _limit = new(_patience);
    private readonly TemporaryFolder _folder = new();

    public DistributedApplication App { get; private set; } = null!;

    public string DataPath => _folder.FullPath;

    private CancellationToken Token => _limit.Token;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async Task StartAsync(params string[] arguments)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.EmbeddedStores_Tests_App>([$"--Stores:Data={DataPath}", .. arguments], Token);
        App = await builder.BuildAsync(Token);
        await App.StartAsync(Token);
        await RunningAsync("service");
    }

    public Task<ResourceEvent> HealthyAsync(string name) => App.ResourceNotifications.WaitForResourceHealthyAsync(name, WaitBehavior.WaitOnResourceUnavailable, Token); // "Finished" may still be there when a start has begun

    public Task RunningAsync(string name) => App.ResourceNotifications.WaitForResourceAsync(name, KnownResourceStates.Running, Token);

    public Task<ResourceEvent> WaitAsync(string name, Func<CustomResourceSnapshot, bool> holds) =>
        App.ResourceNotifications.WaitForResourceAsync(name, change => holds(change.Snapshot), Token);

    public async Task<int> ProcessOfAsync(string name)
    {
        var now = await WaitAsync(name, static snapshot => snapshot.State?.Text == KnownResourceStates.Running && Pid(snapshot) is not null);
        return Convert.ToInt32(Pid(now.Snapshot), CultureInfo.InvariantCulture);
    }

    public async Task<string?> ExecuteAsync(string name, string command)
    {
        var result = await App.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(name, command, Token);
        Assert.True(result.Success, result.Message);
        return result.Message;
    }

    public async Task<object?> QueryAsync(string sql, int seconds = 15)
    {
        var connectionString = await App.GetConnectionStringAsync("ordersdb", Token);
        await using var source = NpgsqlDataSource.Create($"{connectionString};Pooling=false;Timeout={seconds};Command Timeout={seconds};Options=-c synchronous_commit=on");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _limit.Dispose();
        _folder.Dispose();
    }

    private static object? Pid(CustomResourceSnapshot snapshot) => snapshot.Properties.FirstOrDefault(static property => property.Name == "executable.pid")?.Value;
}
