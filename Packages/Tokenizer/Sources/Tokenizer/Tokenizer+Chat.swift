// Encoding of laid-out conversations. Template and message text between two special tokens is encoded as one
// whole, because merges may cross the border ("user\n" before a text that starts with a line break); only which
// bytes may hold special tokens is kept apart.

extension Tokenizer {
    /// The ids of a conversation, with each image and video in its full length.
    ///
    /// For messages without marker texts these are the ids of the rendered text with special tokens parsed. An
    /// image of n tokens becomes `<|vision_start|>`, n times `<|image_pad|>`, `<|vision_end|>`; a video the same
    /// with `<|video_pad|>`.
    ///
    /// - Parameters:
    ///   - pieces: What ``ChatTemplate/pieces(_:addGenerationPrompt:addVisionID:)`` returned.
    ///   - imageTokenCounts: For each image in order, its number of tokens (merged patches), at least 1.
    ///   - videoTokenCounts: The same for each video.
    /// - Returns: The ids of the whole conversation.
    /// - Throws: ``TokenizerError`` when the counts do not match the pieces, or when the vocabulary lacks a token
    ///   that the template needs.
    public func encode(
        _ pieces: [ChatTemplate.Piece], imageTokenCounts: [Int], videoTokenCounts: [Int] = []
    ) throws -> [TokenID] {
        try Self.check(imageTokenCounts, "image", inMessages: pieces.count { $0 == .image })
        try Self.check(videoTokenCounts, "video", inMessages: pieces.count { $0 == .video })
        var output: [TokenID] = []
        var stretch = Stretch()
        var (images, videos) = (imageTokenCounts.makeIterator(), videoTokenCounts.makeIterator())
        for piece in pieces {
            switch piece {
            case .template(let text):
                for marker in ["<|im_start|>", "<|im_end|>"] where text.contains(marker) {
                    _ = try need(marker)
                }
                stretch.append(text, isTemplate: true)
            case .text(let text):
                stretch.append(text, isTemplate: false)
            case .image, .video:
                output += encode(&stretch)
                let pad = try need(piece == .image ? VisionMarkers.image : VisionMarkers.video)
                let count = piece == .image ? images.next() : videos.next()
                output.append(try need(VisionMarkers.start))
                output += repeatElement(pad, count: count ?? 0)
                output.append(try need(VisionMarkers.end))
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

    private static func check(_ counts: [Int], _ kind: String, inMessages: Int) throws {
        guard counts.count == inMessages else {
            throw TokenizerError.placeholderCount(kind: kind, inMessages: inMessages, given: counts.count)
        }
        for (index, tokens) in counts.enumerated() where tokens < 1 {
            throw TokenizerError.emptyPlaceholder(kind: kind, index: index, tokens: tokens)
        }
    }
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
