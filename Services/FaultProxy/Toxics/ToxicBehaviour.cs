using System.ComponentModel.DataAnnotations;

namespace FaultProxy.Toxics;

/// <summary>What a toxic does, with its attributes as Toxiproxy names them.</summary>
internal abstract record ToxicBehaviour
{
    /// <summary>Begins its effect on one direction of one connection.</summary>
    /// <param name="setting">What effects need: the clock, the time, chance.</param>
    /// <param name="previous">The effect of the same toxic before its attributes were changed; null when it is new here.</param>
    /// <returns>The effect.</returns>
    public abstract ToxicEffect Begin(ToxicSetting setting, ToxicEffect? previous);

    /// <summary>Says what is wrong with the attributes.</summary>
    /// <returns>A sentence; null when all is well.</returns>
    public string? Problem()
    {
        var problems = new List<ValidationResult>();
        return Validator.TryValidateObject(this, new(this), problems, validateAllProperties: true) ? null : problems[0].ErrorMessage;
    }
}
