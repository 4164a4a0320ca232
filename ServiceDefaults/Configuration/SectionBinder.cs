using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ServiceDefaults.Configuration;

/// <summary>Binds a section, refusing keys that nothing reads and values that can't be read.</summary>
internal static class SectionBinder
{
    /// <summary>Sets the options' properties from the section.</summary>
    /// <exception cref="OptionsValidationException">The section has a key that no property has, or a value that isn't of the property's type.</exception>
    public static void Bind<TOptions>(TOptions options, string name, IConfigurationSection section)
        where TOptions : class
    {
        var known = typeof(TOptions).GetProperties().Select(static property => property.Name).ToArray();
        var unknown = section.GetChildren().Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)).ToArray();
        if (unknown.Length > 0)
        {
            throw Invalid<TOptions>(
                name, unknown.Select(key => $"{key.Path} is not a setting. Remove it, or spell it as one of {string.Join(", ", known)}."));
        }

        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException unreadable)
        {
            // The binder names the key, the value and the type.
            throw Invalid<TOptions>(name, [$"{unreadable.Message.TrimEnd('.')}. Give it a value of that type, or remove it."]);
        }
    }

    private static OptionsValidationException Invalid<TOptions>(string name, IEnumerable<string> failures) =>
        new(name, typeof(TOptions), failures);
}
