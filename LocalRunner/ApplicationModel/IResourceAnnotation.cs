namespace LocalRunner.ApplicationModel;

/// <summary>One thing that the AppHost has said about a resource.</summary>
#pragma warning disable CA1040 // A marker, as in Aspire: it keeps anything at all from being put among a resource's annotations.
public interface IResourceAnnotation;
#pragma warning restore CA1040
