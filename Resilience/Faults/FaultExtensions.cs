using System.Diagnostics.CodeAnalysis;
using Polly;
using Polly.Simmy;
using Polly.Simmy.Fault;
using Polly.Simmy.Latency;
using Polly.Simmy.Outcomes;
using Resilience.Outcomes;

namespace Resilience.Faults;

/// <summary>Lets a governor's faults strike the calls of a pipeline, by Polly's chaos strategies.</summary>
public static class FaultExtensions
{
    private static readonly ResiliencePropertyKey<FaultHit?> _hit = new("Resilience.Faults.Hit");

    /// <summary>Adds what strikes the calls of a client: latency, exceptions, and, where there is an answer to make, its status. Put it innermost, where the call would be.</summary>
    /// <typeparam name="TResult">What the calls return.</typeparam>
    /// <param name="builder">The pipeline.</param>
    /// <param name="governor">Decides.</param>
    /// <param name="client">The client's name, as a <see cref="FaultSpec.Client"/> names it.</param>
    /// <param name="answer">Makes the answer of <see cref="FaultKind.Status"/>; null when there is none to make.</param>
    /// <param name="failure">Makes the exception; an <see cref="InjectedFaultException"/> when null. Make it of the kind that a real failure would be, since that is what is handled.</param>
    /// <param name="onStrike">Is told of each fault that strikes, with the call's context, before it is carried out.</param>
    /// <returns>The same <paramref name="builder"/>.</returns>
    public static ResiliencePipelineBuilder<TResult> AddFaults<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] TResult>(
        this ResiliencePipelineBuilder<TResult> builder,
        FaultGovernor governor,
        string client,
        Func<FaultHit, TResult>? answer = null,
        Func<FaultHit, Exception>? failure = null,
        Action<ResilienceContext, FaultHit>? onStrike = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(governor);
        ArgumentException.ThrowIfNullOrEmpty(client);

        builder.AddChaosLatency(new ChaosLatencyStrategyOptions
        {
            InjectionRate = 1, // the governor has drawn
            EnabledGenerator = arguments => new(Strikes(FaultKind.Latency, arguments.Context)),
            LatencyGenerator = static arguments => new(HitOf(arguments.Context)!.Latency),
        });
        if (answer is not null)
        {
            builder.AddChaosOutcome(new ChaosOutcomeStrategyOptions<TResult>
            {
                InjectionRate = 1,
                EnabledGenerator = arguments => new(Strikes(FaultKind.Status, arguments.Context)),
                OutcomeGenerator = arguments => new(Outcome.FromResult(answer(HitOf(arguments.Context)!))),
            });
        }

        return builder.AddChaosFault(new ChaosFaultStrategyOptions
        {
            InjectionRate = 1,
            EnabledGenerator = arguments => new(Strikes(FaultKind.Exception, arguments.Context) || Strikes(FaultKind.Abort, arguments.Context)),
            FaultGenerator = arguments => new(failure is null ? new InjectedFaultException(HitOf(arguments.Context)!.Name) : failure(HitOf(arguments.Context)!)),
        });

        bool Strikes(FaultKind kind, ResilienceContext context)
        {
            if (!governor.IsActive || governor.Strike(new(client), kind) is not [var hit, ..])
            {
                return false;
            }

            InjectedFaults.Mark(context);
            context.Properties.Set(_hit, hit);
            onStrike?.Invoke(context, hit);
            return true;
        }
    }

    private static FaultHit? HitOf(ResilienceContext context) => context.Properties.GetValue(_hit, null);
}
