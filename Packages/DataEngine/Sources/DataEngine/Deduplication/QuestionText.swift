// The text of a question in the form in which questions are compared.
internal import Foundation
internal import Tokenizer
internal import TrainingData

extension Sample {
    /// Everything that the model is asked, and the options: compatibility forms (NFKC), lower case, single spaces.
    ///
    /// Places of images count, because "<image> or <image>?" is another question than "<image><image> or?".
    var comparedText: String {
        var text = ""
        for turn in prompt {
            text += "\u{1}\(turn.role.rawValue) "
            for part in turn.content {
                switch part {
                case .text(let words): text += words
                case .image: text += " \u{2} "
                case .video: text += " \u{3} "
                }
            }
        }
        for option in options ?? [] { text += " \u{4} " + option }
        return normalized(text)
    }
}

/// A text in compatibility forms and lower case, with single spaces.
func normalized(_ text: String) -> String {
    var text = text
    let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    if !isASCII { text = text.precomposedStringWithCompatibilityMapping }
    return text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
}
