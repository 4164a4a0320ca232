using ServiceDefaults.Stores;
using Xunit;

namespace ServiceDefaults.Tests.Stores;

public sealed class SqlSpanNameTests
{
    [Theory]
    [InlineData("select sku, available from stock where sku = any(@skus) order by sku for update", "SELECT stock")]
    [InlineData("select p.sku from products p join stock s using (sku)", "SELECT products")]
    [InlineData("insert into orders (id) values (@id) on conflict (id) do update set client = 'x'", "INSERT orders")]
    [InlineData("update idempotency_keys set lease_until = now()", "UPDATE idempotency_keys")]
    [InlineData("DELETE FROM only outbox where order_id = 1", "DELETE outbox")]
    [InlineData("with moved as (update orders set status = @to returning id) delete from outbox using moved", "UPDATE orders")]
    [InlineData("with due as materialized (select order_id from outbox for update skip locked) update outbox o set attempts = 1 from due", "UPDATE outbox")]
    [InlineData("select 'update prices' as text, 1 from \"Public\".\"Things\" -- insert into nothing", "SELECT Public.Things")]
    [InlineData("/* delete from all */ select 1", "SELECT")]
    [InlineData("select id from orders where note = 'it''s' for no key update", "SELECT orders")]
    [InlineData("COMMIT", "COMMIT")]
    [InlineData("DO 'BEGIN COMMIT; END'; RESET ALL", "DO")]
    [InlineData("", "SQL")]
    [InlineData(null, "SQL")]
    public void A_span_is_named_for_what_its_text_does(string? sql, string name) => Assert.Equal(name, SqlSpanName.Of(sql));

    [Fact]
    public void Names_are_right_when_more_texts_come_than_are_remembered()
    {
        for (var number = 0; number < 1_500; number++)
        {
            Assert.Equal("SELECT stock", SqlSpanName.Of($"select {number} from stock"));
        }

        Assert.Equal("UPDATE stock", SqlSpanName.Of("update stock set sold = 1 where sold = 2"));
    }
}
