// Measures what the library promises about cost. `goals [G1 G3 …]` prints a line for each goal, and with `-v` what each side cost;
// `table [file]` writes everything as Markdown.
using Resilience.Benchmarks.Harness;

var stand = new Stand();
switch (args)
{
    case ["goals", .. var ids]:
        return await Measurements.JudgeAsync(stand, [.. ids.Where(static id => id != "-v")], verbose: ids.Contains("-v"));
    case ["table"]:
        await Console.Out.WriteAsync(Table.Write(await Measurements.TakeAllAsync(stand)));
        return 0;
    case ["table", var file]:
        await File.WriteAllTextAsync(file, Table.Write(await Measurements.TakeAllAsync(stand)));
        return 0;
    default:
        await Console.Error.WriteLineAsync("Write: goals [-v] [G1 G3 …], or table [file].");
        return 2;
}
