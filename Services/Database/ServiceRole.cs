using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Database;

/// <summary>The role that a service works under: it reads and writes rows, and can't change a table.</summary>
/// <remarks>
/// The host hands every service the server's owner. The owner migrates and then sets this role's password, which both derive from
/// the owner's own (HMAC-SHA256), so that replicas starting together agree on it and no second secret has to be kept anywhere.
/// </remarks>
/// <param name="Name">The role's name: a plain SQL identifier.</param>
public sealed record ServiceRole(string Name)
{
    /// <summary>Makes connections log in as this role instead of as the owner.</summary>
    /// <param name="connection">The owner's connection string; changed in place.</param>
    public void Apply(NpgsqlConnectionStringBuilder connection)
    {
        ArgumentNullException.ThrowIfNull(connection);

        connection.Password = PasswordFrom(connection);
        connection.Username = Name;
    }

    internal string PasswordFrom(NpgsqlConnectionStringBuilder owner)
    {
        if (string.IsNullOrEmpty(owner.Password))
        {
            throw new InvalidOperationException(
                $"The connection string of database '{owner.Database}' has no Password, so no password for the role '{Name}' can be derived from it. Add Password=… to it.");
        }

        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(owner.Password), Encoding.UTF8.GetBytes(Name)));
    }
}
