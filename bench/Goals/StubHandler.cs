using System.Net;

namespace Resilience.Benchmarks.Goals;

/// <summary>Answers without a network: at once, or when it is told to, on the thread that tells it.</summary>
/// <param name="later">Whether it waits to be told.</param>
internal sealed class StubHandler(bool later) : HttpMessageHandler
{
    private TaskCompletionSource<HttpResponseMessage>? _pending;

    public void Answer() => Interlocked.Exchange(ref _pending, null)?.SetResult(new(HttpStatusCode.OK));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!later)
        {
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }

        _pending = new();
        return _pending.Task;
    }
}
