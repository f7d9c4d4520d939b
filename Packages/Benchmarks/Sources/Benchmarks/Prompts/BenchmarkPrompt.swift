// What a model is asked: turns of texts and pictures in order.
public import Tokenizer

/// The prompt of a row.
public struct BenchmarkPrompt: Sendable, Equatable {
    /// A piece of a turn.
    public enum Part: Sendable, Equatable {
        /// Text.
        case text(String)
        /// A picture of the row, by its place from 0; it may come several times.
        case image(Int)
    }

    /// A turn.
    public struct Turn: Sendable, Equatable {
        /// Who speaks.
        public let role: ChatMessage.Role
        /// What is said.
        public let parts: [Part]

        /// A turn.
        public init(role: ChatMessage.Role, parts: [Part]) { (self.role, self.parts) = (role, parts) }
    }

    /// The turns; the last one is the user's.
    public let turns: [Turn]

    /// A prompt of turns.
    init(turns: [Turn]) { self.turns = turns }

    /// A prompt of one turn of the user, after the system's where there is one.
    init(_ parts: [Part], system: String? = nil) {
        let question = Turn(role: .user, parts: parts.filter { $0 != .text("") })
        turns = (system.map { [Turn(role: .system, parts: [.text($0)])] } ?? []) + [question]
    }

    /// The parts of the last turn.
    public var parts: [Part] { turns.last?.parts ?? [] }

    /// The text of the system's turn; nil without one.
    public var system: String? {
        guard let first = turns.first, first.role == .system else { return nil }
        return first.text
    }

    /// The text of the last turn, with `<image>` for each picture.
    public var text: String { turns.last?.text ?? "" }

    /// The turns as a chat template takes them.
    public var messages: [ChatMessage] {
        turns.map { turn in
            ChatMessage(
                role: turn.role,
                content: turn.parts.map { part in
                    switch part {
                    case .text(let text): .text(text)
                    case .image: .image
                    }
                })
        }
    }

    /// The places of the pictures, in the order of the parts.
    public var images: [Int] {
        turns.flatMap(\.parts).compactMap { if case .image(let place) = $0 { place } else { nil } }
    }
}

extension BenchmarkPrompt.Turn {
    /// The text, with `<image>` for each picture.
    fileprivate var text: String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .image: "<image>"
            }
        }.joined()
    }
}
