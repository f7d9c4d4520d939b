// The settings of a server: names, ranges and meanings for files, options and the environment.
public import Settings
public import VisionLanguageModel

/// The settings of a server.
public struct ServerOptions: SettingGroup {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8080
    /// The key that requests must carry; empty for none.
    public var apiKey = ""
    /// A file with the key in its first line.
    public var apiKeyFile = ""
    /// A PEM file with the certificate chain; empty for plain HTTP.
    public var tlsCertificate = ""
    /// A PEM file with the private key.
    public var tlsKey = ""
    /// The name of the model in requests and replies; empty for the name of its file.
    public var modelName = ""
    /// A folder of a training run whose newest checkpoint is served; empty for none.
    public var follow = ""
    /// Seconds between two looks at the run's checkpoints.
    public var followInterval = 5.0
    /// The most requests in work and waiting.
    public var maxQueue = 64
    /// The most connections.
    public var maxConnections = 1024
    /// The most seconds of a request.
    public var deadline = 600.0
    /// The most seconds until the body of a request is there.
    public var readTimeout = 60.0
    /// The most seconds for requests that run when the server is told to end.
    public var drainTimeout = 600.0
    /// The most bytes of a request's body.
    public var maxBodyBytes = 64 << 20
    /// The most tokens of an answer whose request names none.
    public var defaultMaxTokens = 1024
    /// Seconds of silence in a stream after which a comment is sent.
    public var keepAlive = 10.0
    /// Limits of pictures.
    public var pictures = PictureLimits()
    /// Limits of the engine.
    public var engine = EngineOptions()

    /// The defaults.
    public init() {}

    /// The settings under the names of `r1-infer serve`'s options.
    public static var settings: [Setting<Self>] {
        let seconds = Accepted<Double>.number(above: 0, to: 86_400, "seconds")
        return [
            .value("host", \.host, .nonEmpty("an address"), "The address to listen on."),
            .value("port", \.port, .whole(0...65_535), "The port; 0 takes a free one."),
            .value(
                "api-key", \.apiKey, .text("a key"), "The key that every request but /health must carry."),
            .value(
                "api-key-file", \.apiKeyFile, .text("a path"), "A file whose first line is the key."),
            .value("tls-cert", \.tlsCertificate, .text("a path"), "A PEM file with the certificate chain."),
            .value("tls-key", \.tlsKey, .text("a path"), "A PEM file with the private key."),
            .value(
                "model-name", \.modelName, .text("a name"),
                "The name of the model in requests and replies; by default the name of its file."),
            .value(
                "follow", \.follow, .text("a path"),
                "A folder of a training run: its newest checkpoint is served, and a newer one as soon as it is there."
            ),
            .value(
                "follow-interval", \.followInterval, .number(from: 0.05, to: 86_400, "seconds"),
                "Seconds between two looks at the run's checkpoints."),
            .value(
                "max-queue", \.maxQueue, .whole(1...100_000, "requests"),
                "The most requests in work and waiting; further ones get 429."),
            .value(
                "max-connections", \.maxConnections, .whole(1...100_000, "connections"),
                "The most connections; further ones wait to be accepted."),
            .value(
                "deadline", \.deadline, seconds,
                "The most seconds of a request, its time in the queue included."),
            .value(
                "read-timeout", \.readTimeout, seconds, "The most seconds until a request's body is complete."
            ),
            .value(
                "drain-timeout", \.drainTimeout, seconds,
                "The most seconds for requests that run when the server is told to end."),
            .value(
                "max-body-bytes", \.maxBodyBytes, .whole(1024...1 << 31, "bytes"),
                "The most bytes of a request's body."),
            .value(
                "default-max-tokens", \.defaultMaxTokens, .whole(1...1 << 24, "tokens"),
                "The most tokens of an answer whose request names none."),
            .value(
                "keep-alive", \.keepAlive, seconds, "Seconds of silence in a stream until a comment is sent."),
            .value(
                "max-images", \.pictures.count, .whole(0...1000, "pictures"),
                "The most pictures of a request."),
            .value(
                "max-image-bytes", \.pictures.bytes, .whole(1024...1 << 30, "bytes"),
                "The most bytes of an encoded picture."),
            .value(
                "max-image-pixels", \.pictures.pixels, .whole(1...1_000_000_000, "pixels"),
                "The most pixels of a picture."),
            .value(
                "max-image-side", \.pictures.side, .whole(1...1_000_000, "pixels"),
                "The longest side of a picture."),
        ] + EngineOptions.settings.map { .part(\.engine, $0) }
    }

    /// Whether only this machine can connect.
    var isLocal: Bool {
        let parts = host.split(separator: ".")
        let isLoopback = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || host == "::1" || isLoopback
    }
}

/// Settings that do not go together, or a file that they name and that cannot be used.
public struct ServerOptionsError: Error, CustomStringConvertible {
    /// What is wrong and what to do.
    public let description: String
}
