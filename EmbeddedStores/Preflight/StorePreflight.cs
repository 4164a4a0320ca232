using EmbeddedStores.AppModel;

namespace EmbeddedStores;

/// <summary>Checks what the stores need before anything starts, and reports everything that is wrong at once.</summary>
public static class StorePreflight
{
    /// <summary>Makes every check. Nothing is fetched, initialised or deleted; the data folder is created and held.</summary>
    /// <remarks>
    /// Call it after the last <c>RunAsProcess()</c> and before <c>Build()</c>, print the findings, and end the program when one is a problem.
    /// Without this call, a start with a problem throws a <see cref="DistributedApplicationException"/> that lists all of them.
    /// A second call returns the findings of the first.
    /// </remarks>
    /// <param name="builder">The AppHost's builder.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    /// <returns>The findings, problems first; none in publish mode.</returns>
    public static Task<IReadOnlyList<StoreFinding>> CheckAsync(IDistributedApplicationBuilder builder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return StoreRegistry.Of(builder).CheckAsync(cancellationToken);
    }
}
