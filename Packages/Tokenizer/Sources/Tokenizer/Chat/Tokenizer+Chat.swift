// Encodes formatted conversations. Template and message text between two special tokens is encoded as a
// whole, because merges may cross the border ("user\n" before a text that starts with a line break). Special
// tokens are matched only in bytes of the template.

extension Tokenizer {
    /// The ids of a conversation, with all pad tokens of images and videos.
    ///
    /// For messages without marker texts these are the ids of the rendered text with special tokens parsed,
    /// in which an image of n tokens is the start token, n pad tokens and the end token of its family. A
    /// video is the same, or, in families that count frames, a line "Frame1: ", "Frame2: ", ... for each
    /// frame. The ids start with the token that some models need before every conversation.
    ///
    /// - Parameters:
    ///   - pieces: What ``ChatTemplate/pieces(_:addGenerationPrompt:addVisionID:)`` returned.
    ///   - imageTokenCounts: For each image in order, its number of tokens, at least 1.
    ///   - videoTokenCounts: For each video in order, the number of tokens of each of its steps in time
    ///     (Qwen: pairs of frames; InternVL: frames), each at least 1.
    /// - Returns: The ids of the whole conversation.
    /// - Throws: ``TokenizerError`` if the counts do not match the pieces, or the vocabulary lacks a token of
    ///   the template.
    public func encode(
        _ pieces: [ChatTemplate.Piece], imageTokenCounts: [Int], videoTokenCounts: [[Int]] = []
    ) throws -> [TokenID] {
        try Self.check(imageTokenCounts.map { [$0] }, "image", inMessages: pieces.count(where: \.isImage))
        try Self.check(videoTokenCounts, "video", inMessages: pieces.count(where: \.isVideo))
        var output = beginning.map { [$0] } ?? []
        var stretch = Stretch()
        var (images, videos) = (imageTokenCounts.makeIterator(), videoTokenCounts.makeIterator())
        func run(_ markers: VisionMarkers, _ count: Int) throws {
            let pad = try need(markers.pad)
            output += encode(&stretch)
            output.append(try need(markers.start))
            output += repeatElement(pad, count: count)
            output.append(try need(markers.end))
        }
        for piece in pieces {
            switch piece {
            case .template(let text):
                for marker in ["<|im_start|>", "<|im_end|>"] where text.contains(marker) {
                    _ = try need(marker)
                }
                stretch.append(text, isTemplate: true)
            case .text(let text):
                stretch.append(text, isTemplate: false)
            case .image(let markers):
                try run(markers, images.next() ?? 0)
            case .video(let markers):
                let counts = videos.next() ?? []
                guard markers.countsFrames else {
                    try run(markers, counts.reduce(0, +))
                    continue
                }
                for (index, count) in counts.enumerated() {
                    stretch.append("\(index > 0 ? "\n" : "")Frame\(index + 1): ", isTemplate: true)
                    try run(markers, count)
                }
            }
        }
        return output + encode(&stretch)
    }

    private func encode(_ stretch: inout Stretch) -> [TokenID] {
        defer { stretch = Stretch() }
        return stretch.bytes.withUnsafeBufferPointer { encode($0, parsed: stretch.templateRanges) }
    }

    private func need(_ token: String) throws -> TokenID {
        guard let id = id(ofToken: token) else { throw TokenizerError.missingToken(token) }
        return id
    }

    private static func check(_ counts: [[Int]], _ kind: String, inMessages: Int) throws {
        guard counts.count == inMessages else {
            throw TokenizerError.placeholderCount(kind: kind, inMessages: inMessages, given: counts.count)
        }
        for (index, tokens) in counts.enumerated() {
            guard let least = tokens.min(), least >= 1 else {
                throw TokenizerError.emptyPlaceholder(kind: kind, index: index, tokens: tokens.min() ?? 0)
            }
        }
    }
}

extension ChatTemplate.Piece {
    fileprivate var isImage: Bool { if case .image = self { true } else { false } }
    fileprivate var isVideo: Bool { if case .video = self { true } else { false } }
}

/// Text between two placeholders, with the ranges that came from the template.
private struct Stretch {
    var bytes: [UInt8] = []
    var templateRanges: [Range<Int>] = []

    mutating func append(_ text: String, isTemplate: Bool) {
        let start = bytes.count
        bytes += text.utf8
        guard isTemplate else { return }
        if let last = templateRanges.last, last.upperBound == start {
            templateRanges[templateRanges.count - 1] = last.lowerBound..<bytes.count
        } else {
            templateRanges.append(start..<bytes.count)
        }
    }
}
