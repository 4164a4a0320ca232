using Xunit;

namespace Services.Tests.Orders;

public sealed class OrdersRoleTests(OrdersHost orders) : IClassFixture<OrdersHost>
{
    [Theory]
    [InlineData("create table mine (id int)")]
    [InlineData("create temporary table mine (id int)")]
    [InlineData("drop table order_lines")]
    [InlineData("alter table orders disable trigger orders_move_forward")]
    [InlineData("truncate outbox")]
    [InlineData("delete from orders")]
    [InlineData("delete from order_lines")]
    [InlineData("create role mine")]
    public Task The_services_role_may_not(string sql) => ServiceRoles.AssertRefusedAsync(orders.Host.Services, sql);
}
