using FaultProxy;

var builder = WebApplication.CreateBuilder(args);

builder.AddFaultProxy();

var app = builder.Build();

app.MapFaultProxy();

if (await app.OpenEdgesAsync())
{
    await app.RunAsync();
}
