using System.Runtime.CompilerServices;
using Polly;

namespace Resilience.Timeouts;

/// <summary>The two things a time-out needs of Polly's context that Polly keeps to itself: to set its token, and to copy its properties.</summary>
/// <remarks>
/// Tried out once, when first needed. If a later Polly doesn't have them any more, a cooperative time-out goes through Polly's own strategy
/// (see <see cref="PollyTimeout"/>), and one that may abandon runs the call without the caller's properties. Remove it when
/// <c>ResilienceContext.CancellationToken</c> can be set from outside.
/// </remarks>
internal static class ContextAccess
{
    /// <summary>Gets a value indicating whether the token can be set.</summary>
    public static bool CanSetToken { get; } = TryToken();

    /// <summary>Gets a value indicating whether properties can be copied.</summary>
    public static bool CanCopyProperties { get; } = TryProperties();

    public static void SetToken(ResilienceContext context, CancellationToken token) => Set(context, token);

    /// <summary>Makes a context of its own for a call that may outlive its caller, whose context goes back to a pool then.</summary>
    public static ResilienceContext Fork(ResilienceContext context, CancellationToken token)
    {
        var own = ResilienceContextPool.Shared.Get(context.OperationKey, context.ContinueOnCapturedContext, token);
        Copy(context, own);
        return own;
    }

    /// <summary>Ends what <see cref="Fork"/> began for a call that its caller has waited for: what the call put into its properties is the caller's.</summary>
    public static void Join(ResilienceContext context, ResilienceContext own)
    {
        Copy(own, context);
        ResilienceContextPool.Shared.Return(own);
    }

    private static void Copy(ResilienceContext from, ResilienceContext to)
    {
        if (!CanCopyProperties)
        {
            return;
        }

        var source = Options(from.Properties);
        if (source.Count == 0)
        {
            return;
        }

        var target = Options(to.Properties);
        foreach (var (key, value) in source)
        {
            target[key] = value;
        }
    }

    private static bool TryToken()
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        try
        {
            using var source = new CancellationTokenSource();
            Set(context, source.Token);
            return context.CancellationToken == source.Token;
        }
        catch (MissingMethodException)
        {
            return false;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static bool TryProperties()
    {
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        try
        {
            var key = new ResiliencePropertyKey<int>("resilience.self-test");
            context.Properties.Set(key, 1);
            return Options(context.Properties).ContainsKey(key.Key);
        }
        catch (MissingMethodException)
        {
            return false;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_CancellationToken")]
    private static extern void Set(ResilienceContext context, CancellationToken token);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Options")]
    private static extern IDictionary<string, object?> Options(ResilienceProperties properties);
}
