// Which writing systems texts use: the language of a row as far as it can be known for sure.

/// The writing system of most letters of a text.
enum Script: String, Sendable, CaseIterable {
    case latin = "Latin", han = "Han", kana = "Japanese", hangul = "Korean", cyrillic = "Cyrillic"
    case arabic = "Arabic", hebrew = "Hebrew", greek = "Greek", devanagari = "Devanagari", thai = "Thai"
    case other, none

    /// The script of a text; Japanese when Han letters have kana among them, `none` without letters.
    init(of text: String) {
        var counts: [Script: Int] = [:]
        for scalar in text.unicodeScalars {
            if let script = Script(scalar) { counts[script, default: 0] += 1 }
        }
        let most = Script.allCases.max { counts[$0] ?? 0 < counts[$1] ?? 0 }
        guard let most, let count = counts[most], count > 0 else {
            self = .none
            return
        }
        self = most == .han && counts[.kana] ?? 0 > 0 ? .kana : most
    }

    /// The script of a letter; nil for digits, signs and spaces.
    private init?(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF, 0xFF21...0xFF3A, 0xFF41...0xFF5A:
            self = .latin
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x323AF: self = .han
        case 0x3041...0x30FF, 0xFF66...0xFF9F: self = .kana
        case 0xAC00...0xD7A3, 0x1100...0x11FF, 0x3130...0x318F: self = .hangul
        case 0x400...0x52F: self = .cyrillic
        case 0x600...0x6FF, 0x750...0x77F, 0xFB50...0xFDFF, 0xFE70...0xFEFC: self = .arabic
        case 0x590...0x5FF: self = .hebrew
        case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
        case 0x900...0x97F: self = .devanagari
        case 0xE00...0xE7F: self = .thai
        default:
            guard scalar.properties.isAlphabetic else { return nil }
            self = .other
        }
    }
}
