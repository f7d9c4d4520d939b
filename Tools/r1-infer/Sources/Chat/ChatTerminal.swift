// The terminal of a chat: edited lines with a history, and previews of images.
import ArgumentParser
import Foundation
import ImageInput
import Terminal
import ToolKit
import TrainingData
import VisionLanguageModel

/// What a chat does on a terminal and not over a pipe.
struct ChatTerminal {
    private var reader: LineReader
    private var file: HistoryFile?
    private let environment = ProcessInfo.processInfo.environment
    /// Asked for with the first image.
    private var ability: PictureAbility?
    /// Whether Ctrl-C was pressed on an empty line just before.
    private var isLeaving = false

    /// Reads the history; nil on a terminal without a movable cursor.
    init?() {
        let terminal = environment["TERM"] ?? ""
        guard !terminal.isEmpty, terminal != "dumb" else { return nil }
        file = HistoryFile(name: "chat-history", environment: environment)
        var entries: [String] = []
        do {
            entries = try file?.read() ?? []
            try file?.trim(entries)
            // The terminal gets its mode back before these signals end the program.
            try handleSignals([SIGTERM, SIGHUP]) { number, _ in
                RawMode.leave()
                _exit(128 + number)
            }
        } catch {
            console.warn("\(error)")
        }
        reader = LineReader(history: History(entries), write: console.write)
    }

    /// Reads the next line.
    ///
    /// - Parameter wasInterrupted: Whether Ctrl-C stopped the answer before this line.
    /// - Returns: The line; nil when the input ends.
    /// - Throws: `ExitCode` 130 after Ctrl-C on an empty line for the second time.
    mutating func line(wasInterrupted: Bool) throws -> String? {
        isLeaving = wasInterrupted
        while true {
            let last = reader.history.entries.last
            switch try reader.line(prompt: "> ") {
            case .text(let text):
                if reader.history.entries.last != last { remember(text) }
                return text
            case .end: return nil
            case .interrupted(wasEmpty: false): isLeaving = false
            case .interrupted(wasEmpty: true):
                if isLeaving { throw ExitCode(130) }
                isLeaving = true
                console.aside("(Ctrl-C again or /quit exits)\n")
            }
        }
    }

    private mutating func remember(_ text: String) {
        do {
            try file?.append(text)
        } catch {
            console.warn("\(error); messages are not kept from here on")
            file = nil
        }
    }

    /// Shows a small version of an image with boxes, given in pixels of the image.
    ///
    /// - Throws: `ImageError` for the image; what the terminal refuses.
    mutating func preview(_ path: String, boxes: [Box]) throws {
        let ability = try ability ?? reader.pictureAbility(environment: environment)
        self.ability = ability
        guard ability != .none else { return }
        let bytes = try loadImageBytes(path, relativeTo: FileManager.default.currentDirectoryPath)
        let picture = try decodeImage(bytes, name: path)
        // Boxes are drawn on the smaller picture, so that their lines stay visible.
        let small = picture.limited(toSide: ability == .kitty || ability == .sixel ? 512 : 64)
        let scale = Double(small.width) / Double(picture.width)
        let drawn = small.drawing(
            boxes.map {
                DrawnBox(
                    left: $0.x1 * scale, top: $0.y1 * scale, right: $0.x2 * scale, bottom: $0.y2 * scale)
            })
        try console.write(pictureText(drawn, ability: ability, size: .current))
    }
}
