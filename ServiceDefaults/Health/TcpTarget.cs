using System.ComponentModel.DataAnnotations;
using System.Net;
using Resilience.Health;

namespace ServiceDefaults.Health;

/// <summary>A port to be connected to. Section <c>Resilience:Health:Tcp:{name}</c>.</summary>
internal sealed class TcpTarget : HealthTarget, IValidatableObject
{
    public const string Section = "Resilience:Health:Tcp";

    /// <summary>Gets or sets the port's address.</summary>
    /// <value>A name or an address, a colon, and a number from 1 to 65535. Required.</value>
    [Required]
    public string? Address { get; set; }

    /// <summary>Makes the check.</summary>
    public TcpHealthCheck CreateCheck()
    {
        var (host, port) = Split()!.Value;
        return new(host, port);
    }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Split() is null)
        {
            yield return new($"{validationContext.DisplayName}:Address is {Address}, which must be a host and a port, such as mail.example:25 or [::1]:25.");
        }
    }

    private (string Host, int Port)? Split() =>
        Uri.TryCreate($"tcp://{Address}", UriKind.Absolute, out var address) && address is { Port: > 0 and <= IPEndPoint.MaxPort, Host.Length: > 0, PathAndQuery: "/" or "", UserInfo: "" }
            ? (address.IdnHost, address.Port)
            : null;
}
