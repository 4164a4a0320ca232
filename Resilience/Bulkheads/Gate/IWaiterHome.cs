namespace Resilience.Bulkheads;

/// <summary>Where a waiter belongs: the gate, whatever its steps.</summary>
internal interface IWaiterHome
{
    void Cancel(PermitWaiter waiter);

    void Recycle(PermitWaiter waiter);
}
