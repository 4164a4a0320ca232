namespace AppHost;

/// <summary>Says of a service that it was built together with the AppHost, so that its start needn't build it again: that costs two seconds.</summary>
/// <typeparam name="TProject">The service's class among those that Aspire generates.</typeparam>
internal sealed class Built<TProject> : IProjectMetadata
    where TProject : IProjectMetadata, new()
{
    private readonly TProject _project = new();

    /// <inheritdoc />
    public string ProjectPath => _project.ProjectPath;

    /// <inheritdoc />
    public bool SuppressBuild => true;
}
