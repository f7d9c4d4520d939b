// The classes of characters in Python's texts and regular expressions: white space, letters, digits, words, and the
// mapping to lower case.
import Rewards

/// Questions about one Unicode code point, answered as Python 3 does.
enum PythonCharacter {
    /// Whether `str.isspace` and the regular expression `\s` accept the character.
    static func isSpace(_ point: UInt32) -> Bool { isPythonSpace(point) }

    /// Whether the character is a decimal digit of any script (`\d`).
    static func isDigit(_ point: UInt32) -> Bool {
        if point < 0x80 { return (0x30...0x39).contains(point) }
        return Unicode.Scalar(point)?.properties.numericType == .decimal
    }

    /// Whether the character is a letter (`str.isalpha`).
    static func isLetter(_ point: UInt32) -> Bool {
        if point < 0x80 { return (0x41...0x5A).contains(point & ~0x20) }
        switch Unicode.Scalar(point)?.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    /// Whether the character is part of a word (`\w`): a letter, a number or an underscore.
    static func isWord(_ point: UInt32) -> Bool {
        if point < 0x80 { return isLetter(point) || isDigit(point) || point == 0x5F }
        return isLetter(point) || Unicode.Scalar(point)?.properties.numericType != nil
    }

    /// The ASCII letter in lower case that a regular expression without case accepts for this character.
    ///
    /// Besides the capital these are the dotless and the dotted i, the long s and the Kelvin sign.
    static func folded(_ point: UInt32) -> UInt32 {
        switch point {
        case 0x41...0x5A: point + 0x20
        case 0x130, 0x131: 0x69
        case 0x17F: 0x73
        case 0x212A: 0x6B
        default: point
        }
    }

    /// The text in lower case (`str.lower`): full mappings, and the final form of sigma at the end of a word.
    static func lowercased(_ points: [UInt32]) -> [UInt32] {
        if points.allSatisfy({ $0 < 0x80 }) {
            return points.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        }
        var result: [UInt32] = []
        result.reserveCapacity(points.count)
        for (index, point) in points.enumerated() {
            if point < 0x80 {
                result.append((0x41...0x5A).contains(point) ? point + 0x20 : point)
            } else if point == 0x3A3 {
                result.append(isFinalSigma(points, index) ? 0x3C2 : 0x3C3)
            } else if let scalar = Unicode.Scalar(point) {
                result += scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
            } else {
                result.append(point)
            }
        }
        return result
    }

    /// Whether a cased letter is before the sigma and none after it; marks and the like between them do not count.
    private static func isFinalSigma(_ points: [UInt32], _ index: Int) -> Bool {
        func properties(_ place: Int) -> Unicode.Scalar.Properties? {
            points.indices.contains(place) ? Unicode.Scalar(points[place])?.properties : nil
        }
        // Runs of marks are cut at 64, so that a text of them takes linear time.
        var before = index - 1
        while before > index - 64, let found = properties(before), found.isCaseIgnorable { before -= 1 }
        guard properties(before)?.isCased == true else { return false }
        var after = index + 1
        while after < index + 64, let found = properties(after), found.isCaseIgnorable { after += 1 }
        return properties(after)?.isCased != true
    }
}
