using System.ComponentModel.DataAnnotations;
using CsCheck;
using Resilience.Pipelines;
using Xunit;

namespace Resilience.Tests.Pipelines;

public sealed class PipelineOrderTests
{
    [Fact]
    public void Any_selection_in_order_is_accepted() =>
        Gen.Bool.Array[Enum.GetValues<PipelineStage>().Length].Sample(chosen =>
            PipelineOrder.Ensure("any", [.. Enum.GetValues<PipelineStage>().Where((_, index) => chosen[index])]));

    [Fact]
    public void A_stage_on_the_wrong_side_is_refused_with_the_whole_order() => Assert.Equal(
        "The pipeline orders can't be built: Retry is inside CircuitBreaker. Put it outside; from the outside in, the order is "
        + "Fallback → TotalTimeout → LoadShedding → Retry → Hedging → CircuitBreaker → Bulkhead → AttemptTimeout → Chaos.",
        Assert.Throws<ValidationException>(() =>
            PipelineOrder.Ensure("orders", PipelineStage.TotalTimeout, PipelineStage.CircuitBreaker, PipelineStage.Retry)).Message);

    [Fact]
    public void A_stage_that_stands_there_twice_is_refused() => Assert.Equal(
        "The pipeline orders can't be built: it has Retry twice, which multiplies it. Take one out.",
        Assert.Throws<ValidationException>(() => PipelineOrder.Ensure("orders", PipelineStage.Retry, PipelineStage.Retry)).Message);
}
