// Guesses the next tokens of an answer from what the prompt and the answer have said before.
//
// A single answer reads all weights for one token. Where it repeats the prompt, as summaries and code do, the tokens that
// followed the last time are computed along with it (Saxena, "Prompt lookup decoding", 2023). The sampler then draws each
// token as it would have without them, and the first one that was not guessed ends the run: the answer is the same.
internal import Basics

/// The guesses for one answer.
struct PromptLookup {
    /// The most tokens that are guessed at a time: with the last one they are few enough to read the weights once.
    private static let mostGuesses = 7
    /// The longest and the shortest run of tokens that is looked for.
    private static let (longestRun, shortestRun) = (4, 2)
    /// Steps without guesses after one that guessed nothing right, and how many of them are left.
    private var (pause, left) = (1, 0)

    /// The tokens that followed the last tokens the last time, at most `most`; mostly none.
    ///
    /// - Parameters:
    ///   - ids: The prompt and the answer so far.
    ///   - most: The most tokens.
    ///   - excluded: Tokens that cannot be sampled.
    /// - Returns: The guesses.
    mutating func guesses(_ ids: [Int32], most: Int, excluded: [Int32]) -> [Int32] {
        let count = min(most, Self.mostGuesses)
        guard count > 0 else { return [] }
        guard left == 0 else {
            left -= 1
            return []
        }
        for run in stride(from: min(Self.longestRun, ids.count - 1), through: Self.shortestRun, by: -1) {
            let last = ids.suffix(run)
            let starts = stride(from: ids.count - run - 1, through: 0, by: -1)
            guard let start = starts.first(where: { ids[$0..<$0 + run].elementsEqual(last) }) else {
                continue
            }
            let next = ids[(start + run)...].prefix(count)
            return Array(next.prefix { !excluded.contains($0) })
        }
        return []
    }

    /// Takes note of how many guesses were right.
    mutating func record(right: Int, of count: Int) {
        guard count > 0 else { return }
        if right > 0 {
            pause = 1
        } else {
            left = pause
            pause = min(32, 2 * pause)
        }
    }
}
