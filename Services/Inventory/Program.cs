using Inventory;
using Inventory.Catalogue;
using Inventory.Reservations;
using Inventory.Restocks;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddInventory();

var app = builder.Build();

app.MapDefaultEndpoints();
if (app.Environment.IsDevelopment())
{
    app.MapOpenApi();
}

app.MapListProducts();
app.MapGetProduct();
app.MapReserveStock();
app.MapSettleReservation();
app.MapRestock();

await app.RunServiceAsync();
