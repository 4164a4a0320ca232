var app = WebApplication.CreateBuilder(args).Build();

app.MapGet("/health", static () => "Healthy");

await app.RunAsync();
