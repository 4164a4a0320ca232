using Orders;
using Orders.Cancelling;
using Orders.Placing;
using Orders.Reading;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddOrders();

var app = builder.Build();

app.MapDefaultEndpoints();
if (app.Environment.IsDevelopment())
{
    app.MapOpenApi();
}

app.MapPlaceOrder();
app.MapGetOrder();
app.MapCancelOrder();

await app.RunServiceAsync();
