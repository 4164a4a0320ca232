using Lab.Running;

namespace Lab.Experiments;

/// <summary>Inventory is killed while orders arrive.</summary>
public static class InventoryKilled
{
    /// <summary>Gets the experiment.</summary>
    public static Experiment Experiment { get; } =
        KilledUnderLoad.Of("inventory-killed", "Orders are accepted while inventory is dead, and settle once it is back.", "inventory", seed: 101);
}
