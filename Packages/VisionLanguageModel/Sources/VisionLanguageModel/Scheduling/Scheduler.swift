// Which tokens a step computes: one of each running answer, and some of the prompts that wait.
//
// Older requests come first. When the pages run out, the youngest answer is pushed out: it keeps its tokens, and its keys
// and values are computed again when there is room.
internal import Basics

/// Tokens of one answer that a step computes.
struct PlannedChunk {
    let answer: AnswerState
    /// Tokens of the prompt and the answer, counted from the start of the prompt.
    let range: Range<Int>
    /// What may come after them, computed along.
    var guesses: [Int32] = []
    /// All tokens with the guesses.
    var wholeRange: Range<Int> { range.lowerBound..<range.upperBound + guesses.count }
    /// Whether the next token can be sampled after it.
    var isComplete: Bool { range.upperBound == answer.tokenCount }
}

/// The running and waiting answers, each in the order of their age.
struct Scheduler {
    private let cache: PagedCache
    private let mostRunning: Int
    private(set) var running: [AnswerState] = []
    private(set) var waiting: [AnswerState] = []
    /// Answers that were pushed out so far.
    private(set) var pushedOutCount = 0
    /// The most prompts that are computed side by side, if they do not fit a step together.
    private static let mostPrompts = 8
    /// The fewest tokens that are worth waiting a step for; shorter beginnings are computed twice.
    private static let leastShared = 4 * PagedCache.pageTokens

    /// A scheduler without answers.
    ///
    /// - Parameters:
    ///   - cache: Has the pages.
    ///   - mostRunning: The most answers that are computed side by side.
    init(_ cache: PagedCache, mostRunning: Int = .max) {
        (self.cache, self.mostRunning) = (cache, mostRunning)
    }

    var isIdle: Bool { running.isEmpty && waiting.isEmpty }

    /// Lets an answer wait for its turn.
    mutating func enqueue(_ answer: AnswerState) {
        answer.phase = .waiting
        let place = waiting.lastIndex { answer.isYounger(than: $0) }.map { $0 + 1 } ?? 0
        waiting.insert(answer, at: place)
    }

    /// Takes answers that have ended out and releases their pages.
    mutating func removeFinished() {
        for answer in running + waiting where answer.phase == .finished { release(answer) }
        running.removeAll { $0.phase == .finished }
        waiting.removeAll { $0.phase == .finished }
    }

    private func release(_ answer: AnswerState) { cache.release(&answer.table, answer.keys) }

    /// Chooses the tokens of the next step and takes their pages.
    ///
    /// - Parameter budget: The most tokens of prompts.
    /// - Returns: The chunks, by the age of their answers.
    /// - Throws: `ModelError.badPrompt` when the memory has become too small for the oldest answer.
    mutating func plan(budget: Int) throws -> [PlannedChunk] {
        try admit(budget: budget)
        let sizes = Self.shares(running.map(\.pendingCount), budget: budget)
        var chunks: [PlannedChunk] = []
        for (answer, size) in zip(running, sizes) where size > 0 && answer.phase == .running {
            let range = answer.table.count..<answer.table.count + size
            if try makeRoom(for: answer, range.upperBound) {
                chunks.append(PlannedChunk(answer: answer, range: range))
            }
        }
        return chunks
    }

    /// Adds guesses to the chunk of an answer that is alone, as far as there are pages for them.
    mutating func addGuesses(_ chunks: inout [PlannedChunk], excluded: [Int32]) {
        guard chunks.count == 1, running.count == 1, waiting.isEmpty, chunks[0].range.count == 1,
            chunks[0].isComplete
        else { return }
        let (answer, end) = (chunks[0].answer, chunks[0].range.upperBound)
        let guesses = answer.guesses(excluded: excluded)
        if guesses.isEmpty || cache.makeRoom(&answer.table, for: end + guesses.count) {
            chunks[0].guesses = guesses
        }
    }

    /// The tokens of each answer in a step.
    ///
    /// An answer whose next token needs one token gets it. The oldest prompt gets half of the budget; then short ones
    /// come before long ones, so that none waits behind a long one; what is left goes to the oldest again.
    ///
    /// - Parameters:
    ///   - pending: The tokens that each answer, by age, must compute; at least 1.
    ///   - budget: The most tokens of prompts.
    /// - Returns: One number for each of `pending`.
    static func shares(_ pending: [Int], budget: Int) -> [Int] {
        var shares = pending.map { $0 == 1 ? 1 : 0 }
        let prompts = pending.indices.filter { pending[$0] > 1 }
        guard let oldest = prompts.first else { return shares }
        shares[oldest] = min(pending[oldest], max(1, budget / 2))
        var left = max(0, budget - shares[oldest])
        for prompt in prompts.dropFirst().sorted(by: { (pending[$0], $0) < (pending[$1], $1) }) {
            shares[prompt] = min(pending[prompt], left)
            left -= shares[prompt]
        }
        shares[oldest] += min(pending[oldest] - shares[oldest], left)
        return shares
    }

    // MARK: - Admission

    /// Moves waiting answers to the running ones, the oldest first, while there is room for them.
    private mutating func admit(budget: Int) throws {
        var reserved = running.reduce(0) { $0 + cache.missingPages($1.table, for: $1.tokenCount) }
        let pending = running.map(\.pendingCount).filter { $0 > 1 }
        var (prompts, tokens) = (pending.count, pending.reduce(0, +))
        var admitted: [AnswerState] = []
        for answer in waiting {
            let isPrompt = answer.pendingCount > 1
            if isPrompt, prompts >= Self.mostPrompts, tokens >= budget { continue }
            // Each running answer soon needs another page.
            let headroom = running.count + admitted.count
            guard headroom < mostRunning else { break }
            guard headroom == 0 || cache.availableCount - reserved > headroom else { break }
            if answer.table.pages.isEmpty {
                answer.table = cache.match(answer.keys, most: answer.tokenCount - 1)
            }
            // What another prompt is computing is there in a step or so.
            if isPrompt, (running + admitted).contains(where: { computesBeginning($0, of: answer) }) {
                release(answer)
                continue
            }
            let missing = cache.missingPages(answer.table, for: answer.tokenCount)
            if headroom == 0 { try clear(missing, for: answer) }
            guard headroom == 0 || cache.availableCount - reserved - missing >= headroom else {
                if isPrompt { release(answer) }
                break
            }
            reserved += missing
            if isPrompt { (prompts, tokens) = (prompts + 1, tokens + answer.pendingCount) }
            answer.phase = .running
            admitted.append(answer)
        }
        guard !admitted.isEmpty else { return }
        waiting.removeAll { $0.phase == .running }
        running = (running + admitted).sorted { $1.isYounger(than: $0) }
    }

    /// Whether a running prompt is about to compute pages that another one begins with and lacks.
    private func computesBeginning(_ other: AnswerState, of answer: AnswerState) -> Bool {
        guard cache.reusesPrefixes, other.pendingCount > 1 else { return false }
        let most = min(answer.tokenCount, other.tokenCount) - 1
        let common = zip(answer.keys.prefix(most), other.keys).prefix { $0 == $1 }.count
        let shared = common / PagedCache.pageTokens * PagedCache.pageTokens
        return shared - max(answer.table.count, other.table.count) >= Self.leastShared
    }

    /// Makes room for the oldest answer, while none is running, from those that wait with pages.
    private mutating func clear(_ missing: Int, for answer: AnswerState) throws {
        for other in waiting.reversed() where other !== answer && !other.table.pages.isEmpty {
            guard cache.availableCount < missing else { return }
            release(other)
        }
        if cache.availableCount < missing { throw Self.tooSmall(answer, cache) }
    }

    // MARK: - Room

    /// Takes the pages for an answer's tokens up to `total`; returns whether the answer still runs.
    private mutating func makeRoom(for answer: AnswerState, _ total: Int) throws -> Bool {
        while !cache.makeRoom(&answer.table, for: total) {
            let holders = (running + waiting).filter { !$0.table.pages.isEmpty && $0 !== answer }
            let younger = holders.filter { $0.isYounger(than: answer) }
            // One that shares its last page gives nothing back.
            let useful = younger.filter { cache.ownsLastPage($0.table) }
            guard let youngest = (useful.isEmpty ? younger : useful).max(by: { $1.isYounger(than: $0) })
            else {
                if holders.isEmpty { throw Self.tooSmall(answer, cache) }
                pushOut(answer)
                return false
            }
            pushOut(youngest)
        }
        return true
    }

    private mutating func pushOut(_ answer: AnswerState) {
        release(answer)
        guard answer.phase == .running else { return }
        running.removeAll { $0 === answer }
        pushedOutCount += 1
        enqueue(answer)
    }

    private static func tooSmall(_ answer: AnswerState, _ cache: PagedCache) -> ModelError {
        .badPrompt(
            "the cache of \(cache.mostPages) pages (\(byteText(cache.byteLimit))) has no room for the "
                + "\(answer.tokenCount) tokens of a prompt and its answer; there was memory for more when the request "
                + "came")
    }
}
