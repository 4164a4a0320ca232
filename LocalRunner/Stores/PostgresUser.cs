using LocalRunner.Processes;

namespace LocalRunner.Stores;

/// <summary>Chooses the user that PostgreSQL runs as: it refuses to run as root.</summary>
internal static class PostgresUser
{
    private static readonly string[] _candidates = ["postgres", "nobody"];

    /// <summary>Chooses the user.</summary>
    /// <returns>A user of this machine when we are root; null when we are not, and it runs as ourselves.</returns>
    /// <exception cref="LocalRunnerException">We are root, and can't become anybody else.</exception>
    public static UnixUser? Choose()
    {
        if (!UnixUser.IsRoot)
        {
            return null;
        }

        if (Executables.Find("setpriv") is null)
        {
            throw new LocalRunnerException(
                "PostgreSQL refuses to run as root, and setpriv, which gives up root's rights, is not on PATH. "
                + "Install util-linux, or don't run as root.");
        }

        return Find() ?? throw new LocalRunnerException(
            "PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' to run it as. "
            + "Create one (useradd --system postgres), or don't run as root.");
    }

    /// <summary>Finds the user to run as, without judging.</summary>
    /// <returns>The user, or null when there is none that would do.</returns>
    public static UnixUser? Find() => _candidates.Select(UnixUser.Find).FirstOrDefault(static user => user is not null);
}
