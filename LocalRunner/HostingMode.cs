namespace LocalRunner;

/// <summary>For whom an application runs.</summary>
internal enum HostingMode
{
    /// <summary>For a person: the ports of the launch profiles where they are free, and the checkout's data.</summary>
    Interactive,

    /// <summary>For a test: random ports, and data that is made for it and deleted after it.</summary>
    Test,
}
