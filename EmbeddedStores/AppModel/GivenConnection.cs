namespace EmbeddedStores.AppModel;

/// <summary>The connection string of a server that is given. It is no part of the model: the store's own resource stands for the server.</summary>
/// <param name="name">The store's name.</param>
/// <param name="text">The connection string.</param>
internal sealed class GivenConnection(string name, string text) : Resource(name), IResourceWithConnectionString
{
    /// <inheritdoc />
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{text}");
}
