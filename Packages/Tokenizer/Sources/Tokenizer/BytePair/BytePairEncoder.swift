// Byte-pair encoding of words.
//
// The bytes (or other first tokens) of a word form a doubly linked list, and a queue has the pairs that can
// merge. The lowest rank merges first, equal ranks from left to right, as in the reference implementation. A
// word of n bytes always costs O(n log n).

/// Turns words into tokens; merges never cross the border of a word.
struct BytePairEncoder: Sendable {
    /// The token of every single byte.
    let byteTokens: [TokenID]
    let merges: MergeTable

    /// Appends the tokens of every word of `text`, which must be valid UTF-8 in NFC.
    func encode(_ text: UnsafeBufferPointer<UInt8>, _ workspace: MergeWorkspace, into output: inout [TokenID])
    {
        workspace.cache.prepare(for: text.count)
        merges.withView { rules in
            var words = WordScanner(text)
            while let range = words.next() {
                let word = UnsafeBufferPointer(rebasing: text[range])
                if word.count == 1 {
                    output.append(byteTokens[Int(word[0])])
                } else if WordCache.lengths.contains(word.count) {
                    let key = WordCache.Key(word), start = output.count
                    if workspace.cache.append(key, to: &output) { continue }
                    encode(word, rules, workspace, into: &output)
                    workspace.cache.keep(key, output[start...])
                } else {
                    encode(word, rules, workspace, into: &output)
                }
            }
        }
    }

    private func encode(
        _ word: UnsafeBufferPointer<UInt8>, _ rules: MergeTable.View, _ space: MergeWorkspace,
        into output: inout [TokenID]
    ) {
        let count = word.count
        space.reserve(count)
        for index in 0..<count { space.tokens[index] = byteTokens[Int(word[index])] }
        Self.merge(count, rules, space)
        var index = 0
        while index < count {
            output.append(space.tokens[index])
            index = space.next[index]
        }
    }

    /// Merges the first `count` tokens of a workspace until no rule applies.
    ///
    /// `next` links the remaining tokens; negative tokens have no rules.
    static func merge(_ count: Int, _ rules: MergeTable.View, _ space: MergeWorkspace) {
        let (tokens, next, previous) = (space.tokens, space.next, space.previous)
        for index in 0..<count {
            next[index] = index + 1
            previous[index] = index - 1
        }
        for index in 0..<count - 1 { space.push(rules.rule(tokens[index], tokens[index + 1]), at: index) }
        while let (rank, index) = space.pop() {
            let right = next[index]
            // An entry is stale if its pair changed after it was queued. If the new pair has the same rank,
            // merging it now is correct.
            guard tokens[index] != merged, right < count else { continue }
            let rule = rules.rule(tokens[index], tokens[right])
            guard rule != MergeTable.none, rule >> 32 == rank else { continue }
            tokens[index] = TokenID(truncatingIfNeeded: rule)
            tokens[right] = merged
            let after = next[right]
            next[index] = after
            let before = previous[index]
            if before >= 0 { space.push(rules.rule(tokens[before], tokens[index]), at: before) }
            if after < count {
                previous[after] = index
                space.push(rules.rule(tokens[index], tokens[after]), at: index)
            }
        }
    }

    /// Marks a token that was merged into its predecessor.
    private static let merged: TokenID = -1
}
