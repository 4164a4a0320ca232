using Resilience.Bulkheads;
using Resilience.Recovery;

namespace Resilience.Pipelines;

/// <summary>Lowers a bulkhead's limit, and gives it back in steps. Its calls don't overlap.</summary>
internal sealed class BulkheadTightening(Bulkhead bulkhead, Func<bool> isOverloaded, int least, double step) : IRecoveryProcedure
{
    private const int StepsBack = 10;

    private int? _original; // what to give back; null when nothing was taken
    private int _set;

    public string Name => $"tighten bulkhead {bulkhead.Name}";

    public ValueTask<string?> DetectAsync(CancellationToken cancellationToken)
    {
        if (!isOverloaded())
        {
            GiveBack();
            return new((string?)null);
        }

        return new(bulkhead.Limit > least ? $"What the bulkhead {bulkhead.Name} guards is overloaded." : null);
    }

    public ValueTask ActAsync(CancellationToken cancellationToken)
    {
        ForgetIfSetByOthers();
        _original ??= bulkhead.Limit;
        SetTo(Math.Max(least, (int)(bulkhead.Limit * step)));
        return default;
    }

    public ValueTask<bool> VerifyAsync(CancellationToken cancellationToken) => new(!isOverloaded());

    private void GiveBack()
    {
        ForgetIfSetByOthers();
        if (_original is { } original)
        {
            SetTo(Math.Min(original, _set + Math.Max(1, original / StepsBack)));
            _original = _set == original ? null : original;
        }
    }

    private void ForgetIfSetByOthers()
    {
        if (_original is not null && bulkhead.Limit != _set)
        {
            _original = null;
        }
    }

    private void SetTo(int limit)
    {
        _set = limit;
        bulkhead.Resize(limit);
    }
}
