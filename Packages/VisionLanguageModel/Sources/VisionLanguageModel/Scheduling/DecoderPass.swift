// One pass of the decoder over the chunks of a step.
internal import ModelFamilies
internal import TensorMath

/// Computes the chunks of a step.
struct DecoderPass {
    let model: LanguageModel
    let cache: PagedCache

    /// The final hidden states of all chunks, [tokens, C], in order; their keys and values are then in the cache.
    func hidden(_ chunks: [PlannedChunk], _ features: inout FeatureCache) -> Tensor {
        var positions = Positions()
        var (ids, rows, segments): ([Int32], [Int], [AttentionLayout.Segment]) = ([], [], [])
        var shown = ShownRows()
        for chunk in chunks {
            let (answer, range) = (chunk.answer, chunk.range)
            let whole = chunk.wholeRange
            let queries = ids.count..<ids.count + whole.count
            shown.append(answer.request.request.prompt, range, at: ids.count)
            ids += answer.ids(range) + chunk.guesses
            answer.appendPositions(whole, to: &positions)
            rows += answer.table.rows(whole).flatMap { $0 }
            segments.append(.init(queries: queries, pages: answer.table.rows(0..<whole.upperBound)))
        }
        let context = DecoderContext(
            angles: positions.angles(model.configuration.text), layout: AttentionLayout(segments),
            cache: cache.keysAndValues(), cacheRows: rows)
        return model.text(shown.replaced(in: model.text.embedding(ids), model.vision, &features), context)
    }
}

/// The rows of a pass whose embeddings are replaced by rows of features.
private struct ShownRows {
    private var parts: [(visual: VisionInput, features: Range<Int>, rows: [Int])] = []

    /// Adds the pictures among the tokens of `range` of a prompt; the first of them is row `row` of the pass.
    mutating func append(_ prompt: Prompt, _ range: Range<Int>, at row: Int) {
        var rows = prompt.visualRows[...]
        for visual in prompt.visuals {
            let own = rows.prefix(visual.tokenCount)
            let inside = own.indices.filter { range.contains(own[$0]) }
            if let first = inside.first, let last = inside.last {
                parts.append(
                    (
                        visual, first - own.startIndex..<last - own.startIndex + 1,
                        inside.map { own[$0] - range.lowerBound + row }
                    ))
            }
            rows = rows.dropFirst(visual.tokenCount)
        }
    }

    /// The embedded rows with features in their places.
    func replaced(
        in embedded: Tensor, _ tower: (any VisionTower)?, _ cache: inout FeatureCache
    ) -> Tensor {
        guard let tower, !parts.isEmpty else { return embedded }
        var (rest, features): (_, [Tensor]) = (parts[...], [])
        while !rest.isEmpty {
            let found = cache.features(rest.map(\.visual), tower)
            features += zip(found, rest).map { $0.rows($1.features) }
            rest = rest.dropFirst(found.count)
        }
        return embedded.replacingRows(parts.flatMap(\.rows), with: .joiningRows(features))
    }
}
