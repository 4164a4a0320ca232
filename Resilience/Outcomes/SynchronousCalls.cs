using System.Runtime.CompilerServices;
using Polly;

namespace Resilience.Outcomes;

/// <summary>Tells whether a pipeline is run by Polly's blocking <c>Execute</c>, whose caller waits where he stands.</summary>
/// <remarks>Polly keeps that to itself; a test holds that it is still where it is looked for. Where it is not, no call counts as blocking.</remarks>
internal static class SynchronousCalls
{
    private static bool _unknown;

    public static bool IsSynchronous(ResilienceContext context)
    {
        try
        {
            return !_unknown && Read(context);
        }
        catch (MissingMethodException)
        {
            _unknown = true;
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_IsSynchronous")]
    private static extern bool Read(ResilienceContext context);
}
