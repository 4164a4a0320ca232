namespace Resilience.Generators.Reading;

/// <summary>What an option holds, named as the method that reads it from configuration.</summary>
internal enum OptionKind
{
    None,
    Number,
    Ratio,
    Switch,
    Choice,
    Time,
}
