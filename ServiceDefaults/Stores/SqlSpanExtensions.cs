using Npgsql;

namespace ServiceDefaults.Stores;

/// <summary>Names the spans of SQL for what is done.</summary>
public static class SqlSpanExtensions
{
    /// <summary>Names the spans of this data source by <see cref="SqlSpanName"/>, such as <c>INSERT orders</c>.</summary>
    /// <param name="source">The data source to be built.</param>
    /// <returns>The same <paramref name="source"/>.</returns>
    public static NpgsqlDataSourceBuilder AddSpanNames(this NpgsqlDataSourceBuilder source)
    {
        ArgumentNullException.ThrowIfNull(source);

        return source.ConfigureTracing(static tracing => tracing
            .ConfigureCommandSpanNameProvider(static command => SqlSpanName.Of(command.CommandText))
            .ConfigureBatchSpanNameProvider(static batch => SqlSpanName.Of(batch.BatchCommands.Count > 0 ? batch.BatchCommands[0].CommandText : ""))
            .EnableFirstResponseEvent(enable: false)); // one event for each command, which says what its duration says
    }
}
