using System.Diagnostics;

namespace EmbeddedStores.Processes;

/// <summary>Says how a store's process is started.</summary>
/// <param name="Words">The program's full path and its arguments. Every user of the machine can read them: no secrets.</param>
/// <param name="Folder">The folder that it starts in.</param>
/// <param name="Environment">Its environment variables; it gets no other.</param>
internal sealed record StoreCommand(IReadOnlyList<string> Words, string Folder, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Gets how many words stand before the program that a person knows, such as those of <c>setpriv</c>.</summary>
    public int LauncherWords { get; init; }

    /// <summary>Gets the program that a person knows, and its arguments.</summary>
    public IReadOnlyList<string> ShownWords => [.. Words.Skip(LauncherWords)];

    /// <summary>Gets the words for a launcher that adds its own environment, such as Aspire's orchestrator.</summary>
    public IReadOnlyList<string> CleanWords => [.. UnixLaunch.WithEnvironment(Environment), .. Words];

    /// <summary>Builds what <see cref="Process"/> starts.</summary>
    public ProcessStartInfo ToStartInfo()
    {
        var start = new ProcessStartInfo(Words[0], Words.Skip(1)) { UseShellExecute = false, WorkingDirectory = Folder };
        start.Environment.Clear();
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
