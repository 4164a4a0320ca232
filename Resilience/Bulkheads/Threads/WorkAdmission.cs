namespace Resilience.Bulkheads;

/// <summary>How handing work in went.</summary>
internal enum WorkAdmission
{
    Accepted,
    Late,
    Full,
    Closed,
    Deadlock,
}
