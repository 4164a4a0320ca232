using EmbeddedStores.Processes;

namespace EmbeddedStores.Postgres;

/// <summary>Chooses the user that runs PostgreSQL, which refuses to run as root.</summary>
internal static class PostgresUser
{
    private static readonly string[] _candidates = ["postgres", "nobody"];

    /// <summary>Chooses the user.</summary>
    /// <returns>A user of this machine when this process is root; else null: PostgreSQL runs as the current user.</returns>
    /// <exception cref="StoreException">This process is root, and there is no other user to run PostgreSQL as.</exception>
    public static UnixUser? Choose()
    {
        if (!UnixUser.IsRoot)
        {
            return null;
        }

        if (Executables.Find("setpriv") is null)
        {
            throw new StoreException(
                "PostgreSQL refuses to run as root, and setpriv, which changes the user, is not on PATH. Install util-linux, or don't run as root.");
        }

        return _candidates.Select(UnixUser.Find).FirstOrDefault(static user => user is not null) ?? throw new StoreException(
            "PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' to run it as. "
            + "Create one (useradd --system postgres), or don't run as root.");
    }
}
