using System.Data.Common;
using Dapper;
using Polly;
using Polly.Registry;

namespace Inventory.Catalogue;

/// <summary>Reads the catalogue from PostgreSQL.</summary>
internal sealed class CatalogueStore(DbDataSource database, ResiliencePipelineProvider<string> pipelines)
{
    private const string Columns =
        "select p.sku, p.name, p.price_minor as price, p.currency, s.available from products p join stock s using (sku)";

    private readonly ResiliencePipeline _reads = pipelines.GetPipeline(InventoryPipelines.CatalogueReads);

    public Task<Product?> FindAsync(string sku, CancellationToken cancellationToken) => ReadAsync(
        async (connection, token) => await connection.QuerySingleOrDefaultAsync<Product>(
            new CommandDefinition($"{Columns} where p.sku = @sku", new { sku }, cancellationToken: token)),
        cancellationToken);

    public Task<ProductPage> ListAsync(int page, int size, CancellationToken cancellationToken) => ReadAsync(
        async (connection, token) =>
        {
            await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
                $"""
                {Columns} order by p.sku limit @size offset @skip;
                select count(*) from products;
                """,
                new { size, skip = (long)(page - 1) * size },
                cancellationToken: token));
            var items = await results.ReadAsync<Product>();
            return new ProductPage([.. items], page, size, await results.ReadSingleAsync<long>());
        },
        cancellationToken);

    private async Task<T> ReadAsync<T>(Func<DbConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        await _reads.ExecuteAsync(
            async token =>
            {
                await using var connection = await database.OpenConnectionAsync(token);
                return await read(connection, token);
            },
            cancellationToken);
}
