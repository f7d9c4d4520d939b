// The form of a regular expression after reading (PatternReader.swift).

/// A regular expression of the common kind.
indirect enum Pattern {
    /// One character of a set.
    case set(TextGraph.Characters)
    case sequence([Pattern])
    case choice([Pattern])
    /// At least `least` times; `most` nil for any number.
    case repeated(Pattern, least: Int, most: Int?)
    /// `^`
    case start
    /// `$`
    case end

    /// The alternatives at the top, those of a group around everything included.
    var branches: [Pattern] {
        switch self {
        case .choice(let parts): parts.flatMap(\.branches)
        case .sequence(let parts) where parts.count == 1: parts[0].branches
        default: [self]
        }
    }

    /// The branch without the anchors at its ends, and which of them it has.
    func withoutAnchors() throws(MachineError) -> (start: Bool, end: Bool, body: Pattern) {
        var parts: ArraySlice<Pattern>
        if case .sequence(let all) = self { parts = all[...] } else { parts = [self] }
        var (start, end) = (false, false)
        while case .start? = parts.first {
            start = true
            parts.removeFirst()
        }
        while case .end? = parts.last {
            end = true
            parts.removeLast()
        }
        return (start, end, .sequence(Array(parts)))
    }
}

extension MachineError {
    static let anchorInside = MachineError("^ and $ are supported only at the ends of the pattern")
}
