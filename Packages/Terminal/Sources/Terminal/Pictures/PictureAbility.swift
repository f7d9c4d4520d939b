// How a terminal can show pictures, as its replies and the environment say.
import ImageInput

/// The best way to show a picture.
public enum PictureAbility: Equatable, Sendable {
    /// The graphics protocol of kitty, WezTerm, Ghostty and Konsole.
    case kitty
    /// The graphics of VT340, xterm, foot, mlterm and Windows Terminal.
    case sixel
    /// Half blocks in 16 million or in 256 colors.
    case blocks(isTrueColor: Bool)
    /// No pictures.
    case none

    /// Asks for kitty's graphics, then for the terminal's attributes; every terminal answers the second.
    static let query = "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[c"

    /// Whether a reply has come to its end.
    static func isComplete(_ reply: [UInt8]) -> Bool { attributes(reply) != nil }

    /// Decides by a reply to `query`, empty when none came in time, and the environment.
    init(reply: [UInt8], environment: [String: String]) {
        let text = String(decoding: reply, as: UTF8.self)
        if text.contains("\u{1B}_Gi=31;OK") {
            self = .kitty
        } else if Self.attributes(reply)?.contains("4") ?? false {
            self = .sixel
        } else {
            self = Self.blocks(environment)
        }
    }

    /// The numbers of the terminal's attributes, the first of which is its class.
    private static func attributes(_ reply: [UInt8]) -> ArraySlice<Substring>? {
        let text = String(decoding: reply, as: UTF8.self)
        guard let match = text.firstMatch(of: /\u{1B}\[\?([0-9;]*)c/) else { return nil }
        return match.1.split(separator: ";").dropFirst()
    }

    private static func blocks(_ environment: [String: String]) -> PictureAbility {
        let terminal = environment["TERM"] ?? ""
        // NO_COLOR asks programs for no color (no-color.org).
        guard terminal != "dumb", !terminal.isEmpty, environment["NO_COLOR"] ?? "" == "" else { return .none }
        if ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") || terminal.hasSuffix("-direct") {
            return .blocks(isTrueColor: true)
        }
        return terminal.contains("256color") ? .blocks(isTrueColor: false) : .none
    }
}

/// The size of a picture in cells of the terminal.
struct CellSize: Equatable {
    let columns, rows: Int

    /// The largest size with the picture's shape that is at most this wide and high; a cell is `aspect` times as high as
    /// wide.
    init(_ picture: RGBImage, columns most: Int, rows highest: Int, aspect: Double) {
        let shape = Double(picture.width) / Double(picture.height)
        var width = Double(max(most, 1))
        if width / shape / aspect > Double(max(highest, 1)) {
            width = Double(max(highest, 1)) * aspect * shape
        }
        columns = max(1, Int(width.rounded()))
        rows = max(1, Int((width / shape / aspect).rounded()))
    }
}
