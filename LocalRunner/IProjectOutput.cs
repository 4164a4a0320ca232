namespace LocalRunner;

/// <summary>What LocalRunner knows of a project beyond Aspire's <see cref="IProjectMetadata"/>: what its build made, as MSBuild said.</summary>
public interface IProjectOutput : IProjectMetadata
{
    /// <summary>Gets the full path of the assembly that the project's build wrote.</summary>
    string TargetPath { get; }
}
