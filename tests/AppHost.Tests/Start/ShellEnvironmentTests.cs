using AppHost.Start;
using Xunit;

namespace AppHost.Tests.Start;

public sealed class ShellEnvironmentTests
{
    [Theory]
    [InlineData("HTTP_PROXY")]
    [InlineData("http_proxy")]
    [InlineData("https_proxy")]
    [InlineData("ALL_PROXY")]
    [InlineData("NO_PROXY")]
    [InlineData("PGOPTIONS")]
    [InlineData("PGUSER")]
    [InlineData("PGPASSFILE")]
    [InlineData("PGSSLMODE")]
    [InlineData("PGTZ")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    [InlineData("ASPNETCORE_Kestrel__Limits__MaxConcurrentConnections")]
    [InlineData("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES")]
    [InlineData("DOTNET_GCHeapHardLimit")]
    [InlineData("DOTNET_STARTUP_HOOKS")]
    [InlineData("DOTNET_SYSTEM_NET_HTTP_USESOCKETSHTTPHANDLER")]
    [InlineData("COMPlus_GCgen0size")]
    [InlineData("CORECLR_ENABLE_PROFILING")]
    [InlineData("LD_PRELOAD")]
    [InlineData("OTEL_SDK_DISABLED")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("URLS")]
    [InlineData("Kestrel__Endpoints__Http__Url")]
    [InlineData("Logging__LogLevel__Default")]
    [InlineData("services__inventory__http__0")]
    [InlineData("ConnectionStrings__ordersdb")]
    [InlineData("REDISCLI_AUTH")]
    public void A_variable_that_changes_how_a_service_behaves_is_not_passed_on(string name) => Assert.Equal([name], ShellEnvironment.NamesToRemove([name]));

    [Theory]
    [InlineData("PATH")]
    [InlineData("HOME")]
    [InlineData("TMPDIR")]
    [InlineData("LC_ALL")]
    [InlineData("NO_COLOR")]
    [InlineData("DOTNET_ROOT")]
    [InlineData("DOTNET_ROOT_X64")]
    [InlineData("DOTNET_CLI_HOME")]
    [InlineData("NUGET_PACKAGES")]
    [InlineData("DOCKER_HOST")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL")]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("ConnectionStrings__postgres")]
    [InlineData("ConnectionStrings__cache")]
    [InlineData("Stores")]
    [InlineData("Stores__Data")]
    [InlineData("Orders__PendingFor")]
    [InlineData("Resilience__Clients__inventory__AttemptTimeout")]
    public void What_says_where_things_are_and_settings_of_this_application_are_passed_on(string name) => Assert.Empty(ShellEnvironment.NamesToRemove([name]));
}
