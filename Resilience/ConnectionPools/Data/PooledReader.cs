using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;

namespace Resilience.ConnectionPools;

/// <summary>A provider's reader, until it is closed or its connection is: the provider may use the same object again, for somebody else.</summary>
internal sealed class PooledReader(PooledConnection connection, DbDataReader inner, bool closesConnection) : DbDataReader, IDbColumnSchemaGenerator
{
    private DbDataReader? _inner = inner;
    private int? _recordsAffected;

    public override int Depth => Inner.Depth;

    public override int FieldCount => Inner.FieldCount;

    public override int VisibleFieldCount => Inner.VisibleFieldCount;

    public override bool HasRows => Inner.HasRows;

    public override bool IsClosed => _inner is null;

    public override int RecordsAffected => _recordsAffected ?? Inner.RecordsAffected;

    private DbDataReader Inner => _inner ?? throw new InvalidOperationException("The reader is closed, or its connection is. Read before that.");

    // A provider closes its reader when the connection breaks, and calls going on with it a mistake. Dapper does so in a finally, where that would hide what happened.
    private DbDataReader Results => Inner is var reader && reader.IsClosed && connection.State is not ConnectionState.Open ? throw new ConnectionLostException() : reader;

    public override object this[int ordinal] => Inner[ordinal];

    public override object this[string name] => Inner[name];

    public override void Close()
    {
        if (Detach() is { } reader)
        {
            try
            {
                reader.Close();
                _recordsAffected = reader.RecordsAffected; // may be asked for afterwards, and is known only then
            }
            finally
            {
                reader.Dispose(); // Npgsql ends the command's span here, and not when it closes the reader
                if (closesConnection)
                {
                    connection.Close();
                }
            }
        }
    }

    public override async Task CloseAsync()
    {
        if (Detach() is { } reader)
        {
            try
            {
                await reader.CloseAsync().ConfigureAwait(false);
                _recordsAffected = reader.RecordsAffected;
            }
            finally
            {
                await reader.DisposeAsync().ConfigureAwait(false);
                if (closesConnection)
                {
                    await connection.CloseAsync().ConfigureAwait(false);
                }
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public override bool Read() => Results.Read();

    public override Task<bool> ReadAsync(CancellationToken cancellationToken) => Results.ReadAsync(cancellationToken);

    public override bool NextResult() => Results.NextResult();

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) => Results.NextResultAsync(cancellationToken);

    public override bool GetBoolean(int ordinal) => Inner.GetBoolean(ordinal);

    public override byte GetByte(int ordinal) => Inner.GetByte(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Inner.GetBytes(ordinal, dataOffset, buffer, bufferOffset, length);

    public override char GetChar(int ordinal) => Inner.GetChar(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Inner.GetChars(ordinal, dataOffset, buffer, bufferOffset, length);

    public override string GetDataTypeName(int ordinal) => Inner.GetDataTypeName(ordinal);

    public override DateTime GetDateTime(int ordinal) => Inner.GetDateTime(ordinal);

    public override decimal GetDecimal(int ordinal) => Inner.GetDecimal(ordinal);

    public override double GetDouble(int ordinal) => Inner.GetDouble(ordinal);

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closesConnection);

    [return: System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(
        System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicFields | System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => Inner.GetFieldType(ordinal);

    public override T GetFieldValue<T>(int ordinal) => Inner.GetFieldValue<T>(ordinal);

    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) => Inner.GetFieldValueAsync<T>(ordinal, cancellationToken);

    public override float GetFloat(int ordinal) => Inner.GetFloat(ordinal);

    public override Guid GetGuid(int ordinal) => Inner.GetGuid(ordinal);

    public override short GetInt16(int ordinal) => Inner.GetInt16(ordinal);

    public override int GetInt32(int ordinal) => Inner.GetInt32(ordinal);

    public override long GetInt64(int ordinal) => Inner.GetInt64(ordinal);

    public override string GetName(int ordinal) => Inner.GetName(ordinal);

    public override int GetOrdinal(string name) => Inner.GetOrdinal(name);

    public override DataTable? GetSchemaTable() => Inner.GetSchemaTable();

    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken cancellationToken = default) =>
        Inner.GetColumnSchemaAsync(cancellationToken);

    public ReadOnlyCollection<DbColumn> GetColumnSchema() => Inner.GetColumnSchema();

    public override Stream GetStream(int ordinal) => Inner.GetStream(ordinal);

    public override string GetString(int ordinal) => Inner.GetString(ordinal);

    public override TextReader GetTextReader(int ordinal) => Inner.GetTextReader(ordinal);

    public override object GetValue(int ordinal) => Inner.GetValue(ordinal);

    public override int GetValues(object[] values) => Inner.GetValues(values);

    public override bool IsDBNull(int ordinal) => Inner.IsDBNull(ordinal);

    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) => Inner.IsDBNullAsync(ordinal, cancellationToken);

    private DbDataReader? Detach()
    {
        connection.Forget(this);
        return Interlocked.Exchange(ref _inner, null);
    }
}
