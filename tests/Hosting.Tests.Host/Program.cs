// An AppHost's skeleton, for tests to kill: it starts one child that stops when asked and one that doesn't, tells their numbers, and waits.
using LocalRunner.Processes;

#pragma warning disable RS0030 // a program hands out the clock
var clock = TimeProvider.System;
#pragma warning restore RS0030

using var data = DataDirectory.Open(args[0]);
await using var supervisor = new ProcessSupervisor(data, clock);
var willing = supervisor.Start(new("willing", "sleep", ["600"]));
var stubborn = supervisor.Start(new("stubborn", "/bin/sh", ["-c", "trap '' TERM; echo ready; sleep 600 & wait; sleep 600"])
{
    Output = line => Console.WriteLine(line.Text),
});
Console.WriteLine($"{willing.Id} {stubborn.Id}");
await Task.Delay(Timeout.InfiniteTimeSpan, clock, CancellationToken.None);
