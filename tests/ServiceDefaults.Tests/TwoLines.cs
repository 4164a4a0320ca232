using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace ServiceDefaults.Tests;

/// <summary>The whole of a service's Program.cs, as ServiceDefaults' README quotes it.</summary>
internal static class TwoLines
{
    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();          // 1

        var app = builder.Build();
        app.MapDefaultEndpoints();             // 2: right after Build(), so that what you map is inside

        await app.RunServiceAsync();           // instead of RunAsync(): wrong configuration is one line each, and exit code 1
    }
}
