namespace LocalRunner;

/// <summary>A project that the AppHost can start; a class for each is written when the AppHost is built.</summary>
public interface IProjectMetadata
{
    /// <summary>Gets the full path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>Gets a value indicating whether the project is started as it was built, without being built again.</summary>
    bool SuppressBuild { get; }
}
