namespace ServiceDefaults.Faults;

/// <summary>Passes on what is written at no more than so many bytes a second.</summary>
internal sealed class DripStream(Stream inner, int bytesPerSecond, TimeProvider clock) : Stream
{
    private static readonly TimeSpan _shortestPause = TimeSpan.FromMilliseconds(20); // finer than timers are

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var drop = Math.Max(1, (int)(bytesPerSecond * _shortestPause.TotalSeconds));
        while (!buffer.IsEmpty)
        {
            var size = Math.Min(drop, buffer.Length);
            await Task.Delay(TimeSpan.FromSeconds((double)size / bytesPerSecond), clock, cancellationToken);
            await inner.WriteAsync(buffer[..size], cancellationToken);
            await inner.FlushAsync(cancellationToken);
            buffer = buffer[size..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override void Flush() => throw new NotSupportedException("Flush asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
