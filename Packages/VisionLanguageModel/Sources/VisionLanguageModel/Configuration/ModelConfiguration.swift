// What config.json says about a model of any family, under Swift names.
public import Foundation

/// A family of models: what stands around the decoder.
public enum ModelFamily: String, Sendable, CaseIterable {
    /// A decoder alone: Qwen2, Qwen2.5, Qwen3.
    case text
    /// Qwen2.5-VL.
    case qwen25VL
    /// InternVL2.5, InternVL3 and InternVL3.5.
    case internVL
}

/// Sizes and constants of a model.
public struct ModelConfiguration: Sendable, Equatable {
    /// What stands around the decoder.
    public var family: ModelFamily
    /// The language model.
    public var text: TextConfiguration
    /// The vision tower; nil for text models.
    public var vision: VisionConfiguration?
    /// Whether the output head is the embedding table.
    public var tiesWordEmbeddings: Bool
    /// The id whose embedding an image's features replace; nil where there are no images.
    public var imageTokenID: Int32?
    /// The id whose embedding a video's features replace; nil where videos are images one after another, or nothing.
    public var videoTokenID: Int32?
    /// Ids that only an input may hold, sorted: they are never drawn.
    public var inputOnlyTokenIDs: [Int32]
    /// Which release's positions the tokens of videos get.
    public var videoPositions = VideoPositionRule.classical

    /// Reads config.json of any known family.
    ///
    /// - Parameters:
    ///   - json: The file's bytes.
    ///   - file: Its name, for messages.
    ///   - tokenID: The id of a token's text; asked where the file names tokens by text only (InternVL's own layout).
    /// - Throws: `ModelError.badConfiguration` that names the file and key.
    public init(json: Data, file: String, tokenID: (String) -> Int32? = { _ in nil }) throws {
        struct Kind: Decodable {
            let model_type: String
        }
        let decoder = JSONDecoder()
        do {
            let kind = try decoder.decode(Kind.self, from: json).model_type
            switch kind {
            case "qwen2_5_vl": self = try decoder.decode(Qwen25VLFile.self, from: json).configuration()
            case "internvl": self = try decoder.decode(InternVLFile.self, from: json).configuration()
            case "internvl_chat":
                self = try decoder.decode(InternVLChatFile.self, from: json).configuration(tokenID)
            case "qwen2", "qwen3": self = try decoder.decode(TextFile.self, from: json).configuration()
            default:
                throw ConfigurationProblem(
                    "unknown family \"\(kind)\" in model_type; known: internvl, internvl_chat, qwen2, qwen2_5_vl, qwen3"
                )
            }
        } catch let error as DecodingError {
            throw ModelError.badConfiguration(file: file, problem: describe(error))
        } catch let error as ConfigurationProblem {
            throw ModelError.badConfiguration(file: file, problem: error.text)
        }
    }

    init(
        family: ModelFamily, text: TextConfiguration, vision: VisionConfiguration?, tiesWordEmbeddings: Bool,
        imageTokenID: Int32? = nil, videoTokenID: Int32? = nil, inputOnlyTokenIDs: [Int32] = []
    ) {
        self.family = family
        self.text = text
        self.vision = vision
        self.tiesWordEmbeddings = tiesWordEmbeddings
        self.imageTokenID = imageTokenID
        self.videoTokenID = videoTokenID
        self.inputOnlyTokenIDs = inputOnlyTokenIDs.sorted()
    }
}

/// The vision towers there are, with their sizes.
public enum VisionConfiguration: Sendable, Equatable {
    /// Windows and M-RoPE grids.
    case qwen25VL(Qwen25VLVisionConfiguration)
    /// Tiles of one size: InternViT and its connector.
    case internVL(InternVLVisionConfiguration)

    /// Number of blocks.
    public var depth: Int {
        switch self {
        case .qwen25VL(let sizes): sizes.depth
        case .internVL(let sizes): sizes.depth
        }
    }

    /// Width of the residual stream.
    public var hiddenSize: Int {
        switch self {
        case .qwen25VL(let sizes): sizes.hiddenSize
        case .internVL(let sizes): sizes.hiddenSize
        }
    }
}

/// A rule between keys that does not hold.
struct ConfigurationProblem: Error {
    let text: String

    init(_ text: String) { self.text = text }

    /// Throws unless the rule holds.
    static func unless(_ holds: Bool, _ text: @autoclosure () -> String) throws {
        if !holds { throw ConfigurationProblem(text()) }
    }

    /// Throws unless every size is positive and not absurdly large.
    static func unlessSizes(_ sizes: [Int]) throws {
        try unless(
            sizes.allSatisfy { $0 > 0 && $0 < 1 << 24 }, "a size is not positive or absurdly large")
    }
}

private func describe(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "key \(path(context, key)) is missing"
    case .typeMismatch(let type, let context): "key \(path(context)) is not a \(type)"
    case .valueNotFound(let type, let context): "key \(path(context)) is null, expected a \(type)"
    case .dataCorrupted(let context):
        context.codingPath.isEmpty ? "not valid JSON" : "key \(path(context)) is unusable"
    @unknown default: "\(error)"
    }
}
