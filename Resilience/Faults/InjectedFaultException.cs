namespace Resilience.Faults;

/// <summary>A call was made to fail on purpose.</summary>
/// <param name="fault">The fault's name.</param>
public sealed class InjectedFaultException(string fault) : Exception($"The fault '{fault}' made this call fail on purpose. End it with DELETE /faults/{fault}, or wait until its time is over.")
{
    /// <summary>Gets the fault's name.</summary>
    public string Fault => fault;
}
