using System.Text.Json;
using System.Text.Json.Serialization;

namespace Inventory.Catalogue;

/// <summary>What a customer sees of a product.</summary>
/// <param name="Sku">The product's code.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Price">The price of one, in minor units (cents).</param>
/// <param name="Currency">The ISO 4217 code of the price.</param>
/// <param name="Available">How many can be ordered; up to <see cref="CatalogueCache.Freshness"/> old.</param>
internal sealed record Product(string Sku, string Name, long Price, string Currency, long Available);

/// <summary>A part of the catalogue, in the order of the SKUs.</summary>
/// <param name="Items">The products of this page; empty past the last one.</param>
/// <param name="Page">Which page this is, from 1.</param>
/// <param name="Size">How many products a page holds at most.</param>
/// <param name="Total">How many products there are in all.</param>
internal sealed record ProductPage(IReadOnlyList<Product> Items, int Page, int Size, long Total) : IJsonOnDeserialized
{
    // The serializer holds every other promise of these types, but looks at no element of a list.
    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Items.Any(static item => item is null))
        {
            throw new JsonException("A page has an empty place.");
        }
    }
}
