namespace Resilience.Generators.Models;

/// <summary>What a method may return to be decorated.</summary>
internal enum AwaitableKind
{
    Task,
    TaskOfResult,
    ValueTask,
    ValueTaskOfResult,
}
