// The options of r1-infer serve, one for each setting of the server.
import ArgumentParser
import Serving
import Settings

/// The options of the server; those that are not given come from the environment, a file or the defaults.
struct ServeOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "Settings of the server, under the names of these options.", valueName: "file.yaml"))
    var file: String?

    @Option(help: help("host", "address"))
    var host: String?

    @Option(help: help("port", "n"))
    var port: String?

    @Option(help: help("api-key", "key"))
    var apiKey: String?

    @Option(help: help("api-key-file", "path"))
    var apiKeyFile: String?

    @Option(help: help("tls-cert", "path"))
    var tlsCert: String?

    @Option(help: help("tls-key", "path"))
    var tlsKey: String?

    @Option(help: help("model-name", "name"))
    var modelName: String?

    @Option(help: help("max-queue", "n"))
    var maxQueue: String?

    @Option(help: help("max-connections", "n"))
    var maxConnections: String?

    @Option(help: help("deadline", "seconds"))
    var deadline: String?

    @Option(help: help("read-timeout", "seconds"))
    var readTimeout: String?

    @Option(help: help("drain-timeout", "seconds"))
    var drainTimeout: String?

    @Option(help: help("max-body-bytes", "n"))
    var maxBodyBytes: String?

    @Option(help: help("default-max-tokens", "n"))
    var defaultMaxTokens: String?

    @Option(help: help("keep-alive", "seconds"))
    var keepAlive: String?

    @Option(help: help("max-images", "n"))
    var maxImages: String?

    @Option(help: help("max-image-bytes", "n"))
    var maxImageBytes: String?

    @Option(help: help("max-image-pixels", "n"))
    var maxImagePixels: String?

    @Option(help: help("max-image-side", "n"))
    var maxImageSide: String?

    @Option(help: help("follow", "path"))
    var follow: String?

    @Option(help: help("follow-interval", "seconds"))
    var followInterval: String?

    @Option(help: help("cache-bytes", "n"))
    var cacheBytes: String?

    @Option(help: help("feature-bytes", "n"))
    var featureBytes: String?

    @Option(help: help("prefill-tokens", "n"))
    var prefillTokens: String?

    @Option(help: help("max-running", "n"))
    var maxRunning: String?

    @Option(help: help("speculation", "true|false"))
    var speculation: String?

    @Flag(help: "Log errors and warnings only, not every request.")
    var quiet = false

    /// The values on the command line, by the names of their settings.
    private var given: [(name: String, value: String?)] {
        [
            ("host", host),
            ("port", port),
            ("api-key", apiKey),
            ("api-key-file", apiKeyFile),
            ("tls-cert", tlsCert),
            ("tls-key", tlsKey),
            ("model-name", modelName),
            ("max-queue", maxQueue),
            ("max-connections", maxConnections),
            ("deadline", deadline),
            ("read-timeout", readTimeout),
            ("drain-timeout", drainTimeout),
            ("max-body-bytes", maxBodyBytes),
            ("default-max-tokens", defaultMaxTokens),
            ("keep-alive", keepAlive),
            ("max-images", maxImages),
            ("max-image-bytes", maxImageBytes),
            ("max-image-pixels", maxImagePixels),
            ("max-image-side", maxImageSide),
            ("follow", follow),
            ("follow-interval", followInterval),
            ("cache-bytes", cacheBytes),
            ("feature-bytes", featureBytes),
            ("prefill-tokens", prefillTokens),
            ("max-running", maxRunning),
            ("speculation", speculation),
        ]
    }

    /// The settings: the defaults, then the file, the environment and the options.
    ///
    /// - Parameter environment: The variables of the process; those that begin with `R1_SERVE_` are settings.
    /// - Returns: The settings, their ranges checked.
    /// - Throws: `SettingsFileError`, or `InferError.badCommand` that names file, variable or option.
    func options(environment: [String: String]) throws -> ServerOptions {
        var options = ServerOptions()
        if let file {
            do { try options.read(SettingNode(yamlFile: file)) } catch let error as SettingError {
                throw InferError.badCommand("\(file)\(error.line.map { ":\($0)" } ?? ""): \(error)")
            }
        }
        let prefix = "R1_SERVE_"
        for (variable, value) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix(prefix)
        {
            let name = variable.dropFirst(prefix.count).lowercased().split(separator: "_").joined(
                separator: "-")
            try set(name, value, "the environment variable \(variable)", &options)
        }
        for case (let name, let value?) in given { try set(name, value, "--\(name)", &options) }
        return options
    }

    private func set(_ name: String, _ value: String, _ source: String, _ options: inout ServerOptions) throws
    {
        do { try options.set(name, to: value) } catch let error as SettingError {
            throw InferError.badCommand("\(source): \(error)")
        }
    }
}

/// The help of an option, from the description of its setting.
private func help(_ name: String, _ value: String) -> ArgumentHelp {
    let setting = ServerOptions.descriptions().first { $0.path == name }
    let initial = setting?.initial ?? ""
    return ArgumentHelp(
        (setting?.summary ?? "") + (initial.isEmpty ? "" : " (default: \(initial))"), valueName: value)
}
