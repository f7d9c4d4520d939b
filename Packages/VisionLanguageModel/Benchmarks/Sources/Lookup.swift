// One sequence with and without guesses of its next tokens, where answers repeat their prompt: a summary and code.
import Foundation
import Tokenizer
import VisionLanguageModel

/// A question whose answer repeats parts of it.
private struct Repeating {
    let name: String
    let question: String

    static let all = [
        Repeating(
            name: "summary",
            question: """
                Summarize the report in three sentences. Quote its numbers and its exact words.

                The lighthouse at Cape Marrow was built in 1874 from local granite and stands 31 meters above the \
                high-water line. Its first lamp burned whale oil and was visible for 14 nautical miles. In 1902 the \
                harbor board replaced the lamp with an acetylene burner, which reduced the cost of each night from \
                nine shillings to two. A storm on 3 January 1934 broke the glass of the lantern room, and the keeper, \
                Ada Lindqvist, kept the light burning for eleven hours with a hand lantern. The board awarded her a \
                silver medal. The light has been automatic since 1971; its lamp is now an electric one of 250 watts \
                that is visible for 22 nautical miles. The keeper's house became a museum in 1988 and had 41,300 \
                visitors last year, a third more than the year before. The granite of the north wall is cracked; the \
                board estimates the repair at 1.9 million and asks for donations.
                """),
        Repeating(
            name: "code",
            question: """
                Add a docstring to each function of this Python file and return the whole file, otherwise unchanged.

                ```python
                def read_rows(path, delimiter=","):
                    rows = []
                    with open(path, encoding="utf-8") as file:
                        for number, line in enumerate(file, start=1):
                            line = line.rstrip("\\n")
                            if not line or line.startswith("#"):
                                continue
                            fields = line.split(delimiter)
                            rows.append({"line": number, "fields": fields})
                    return rows


                def column_widths(rows):
                    widths = []
                    for row in rows:
                        for index, field in enumerate(row["fields"]):
                            if index == len(widths):
                                widths.append(0)
                            widths[index] = max(widths[index], len(field))
                    return widths


                def format_rows(rows, widths):
                    lines = []
                    for row in rows:
                        cells = [field.ljust(width) for field, width in zip(row["fields"], widths)]
                        lines.append(" | ".join(cells).rstrip())
                    return "\\n".join(lines)
                ```
                """),
    ]
}

/// An answer, what each of its tokens was chosen from, and the seconds after its first token.
private struct Answer {
    var ids: [Int32] = []
    /// How far the second likeliest token was behind, for each token.
    var gaps: [Float] = []
    var seconds = 0.0
    var statistics = EngineStatistics()

    init(_ loaded: LoadedModel, _ request: GenerationRequest, guesses: Bool) throws {
        var options = EngineOptions()
        options.guessesTokens = guesses
        let engine = loaded.engine(options)
        _ = try engine.submit(request)
        var start = ContinuousClock.now
        while engine.hasWork {
            for event in try engine.step() {
                if case .failed(_, let error) = event { throw error }
                guard case .token(_, _, let token) = event else { continue }
                if ids.isEmpty { start = .now }
                ids.append(token.id)
                let likeliest = token.alternatives
                gaps.append(
                    likeliest.count > 1
                        ? likeliest[0].logProbability - likeliest[1].logProbability : .infinity)
            }
        }
        seconds = (ContinuousClock.now - start) / .seconds(1)
        statistics = engine.statistics
    }

    var rate: Double { Double(ids.count - 1) / seconds }
}

/// Tokens per second of one greedy answer with and without guesses, whose tokens must be equal.
func lookup(_ loaded: LoadedModel) throws {
    for one in Repeating.all {
        let prompt = try loaded.processor.prompt(
            [ChatMessage(role: .user, content: [.text(one.question)])], visuals: [])
        var request = GenerationRequest(prompt: prompt, number: 0, options: .greedy)
        (request.options.maxNewTokens, request.options.alternatives) = (256, 2)
        let (plain, guessed) = (
            try Answer(loaded, request, guesses: false), try Answer(loaded, request, guesses: true)
        )
        try requireEqual(plain, guessed, one.name)
        row("\(one.name): prompt", Double(prompt.ids.count), "tokens")
        row("\(one.name): answer", Double(plain.ids.count), "tokens")
        row("\(one.name): without guesses", plain.rate, "tokens/s")
        row("\(one.name): with guesses", guessed.rate, "tokens/s")
        row("\(one.name): ratio", guessed.rate / plain.rate, "")
        let steps = guessed.ids.count - guessed.statistics.rightGuesses
        row(
            "\(one.name): right guesses for each step",
            Double(guessed.statistics.rightGuesses) / Double(steps), "")
        row(
            "\(one.name): right guesses of all",
            100 * Double(guessed.statistics.rightGuesses) / Double(max(1, guessed.statistics.guessedTokens)),
            "%")
    }
}

/// Throws unless two answers are equal up to a token that rounding may decide.
private func requireEqual(_ plain: Answer, _ guessed: Answer, _ name: String) throws {
    guard let place = zip(plain.ids, guessed.ids).enumerated().first(where: { $0.element.0 != $0.element.1 })
    else {
        guard plain.ids.count == guessed.ids.count else {
            throw ModelError.badPrompt(
                "\(name): answers of \(plain.ids.count) and \(guessed.ids.count) tokens")
        }
        return print("\(name): the tokens are equal")
    }
    let gap = min(plain.gaps[place.offset], guessed.gaps[place.offset])
    // The log-probabilities of one computation in bfloat16 and another one differ by 0.02 at most.
    guard gap <= 0.04 else {
        throw ModelError.badPrompt(
            "\(name): token \(place.offset) differs, although the likeliest one leads by \(gap)")
    }
    print(
        "\(name): the tokens are equal up to token \(place.offset), where the two likeliest are \(gap) apart")
}
