using Xunit;

namespace Services.Tests.Inventory;

public sealed class InventoryRoleTests(InventoryHost inventory) : IClassFixture<InventoryHost>
{
    [Theory]
    [InlineData("create table mine (id int)")]
    [InlineData("create temporary table mine (id int)")]
    [InlineData("drop table reservation_lines")]
    [InlineData("alter table stock drop constraint stock_is_conserved")]
    [InlineData("alter table stock_ledger disable trigger all")]
    [InlineData("truncate stock_ledger")]
    [InlineData("update stock_ledger set available_delta = 0")]
    [InlineData("delete from stock_ledger")]
    [InlineData("update products set price_minor = 1")]
    [InlineData("insert into products (sku, name, price_minor) values ('FREE', 'x', 1)")]
    [InlineData("delete from reservations")]
    [InlineData("create role mine")]
    [InlineData("set role postgres")]
    public Task The_services_role_may_not(string sql) => ServiceRoles.AssertRefusedAsync(inventory.Host.Services, sql);

    [Theory]
    [InlineData("update stock_ledger set available_delta = 0")]
    [InlineData("delete from stock_ledger")]
    [InlineData("truncate stock_ledger")]
    public async Task Not_even_the_owner_changes_the_ledger_by_mistake(string sql)
    {
        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => inventory.ExecuteAsync(sql));

        Assert.Contains("append-only", refusal.MessageText, StringComparison.Ordinal);
    }
}
