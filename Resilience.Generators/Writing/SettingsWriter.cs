using Resilience.Generators.Models;
using Resilience.Generators.Reading;

namespace Resilience.Generators.Writing;

/// <summary>Writes what reads the options of each strategy from configuration, without reflection.</summary>
internal static class SettingsWriter
{
    public static string Write(EquatableArray<OptionsModel> options)
    {
        var writer = new SourceWriter();
        writer.Head();
        writer.Line($"namespace {KnownNames.Namespace};");
        writer.Line();
        writer.Line("/// <summary>Reads the options of strategies from configuration.</summary>");
        writer.Line("[global::Microsoft.CodeAnalysis.Embedded] // seen in this assembly only, even by its tests, which have their own");
        writer.Line(RegistrationWriter.GeneratedCode);
        writer.Block("internal static class ConfiguredOptions", () =>
        {
            for (var index = 0; index < options.Count; index++)
            {
                if (index > 0)
                {
                    writer.Line();
                }

                Over(writer, options[index]);
            }
        });
        return writer.ToString();
    }

    private static void Over(SourceWriter writer, OptionsModel model)
    {
        var type = "global::" + model.Type;
        writer.Line("/// <summary>Sets what is configured over what the attribute says.</summary>");
        writer.Block($"public static {type} Over(this MethodSettings settings, string key, {type} options)", () =>
        {
            foreach (var setting in model.Settings)
            {
                writer.Line($"options.{setting.Option} = settings.{setting.Text}(key + \":{setting.Option}\", options.{setting.Option});");
            }

            writer.Line("return options;");
        });
    }
}
