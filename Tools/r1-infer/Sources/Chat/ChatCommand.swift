// The slash commands of a chat and the settings that /set changes.
import Settings
import StrictJSON
import TrainingData
import VisionLanguageModel

/// A line that begins with a slash.
enum ChatCommand: Equatable {
    case image(String), video(String), box(Box), save(String), system(String)
    case set(name: String, value: String)
    case clear, undo, regenerate, help, quit

    static let overview = """
        /image PATH        show an image with the next message; PATH may begin with ~ and
                           have quotes and backslashes as in a shell
        /video PATH        show a video file, an animated WebP or GIF, or a folder of frames
        /box L T R B       add a box after the next message: its left, top, right and
                           bottom edge in pixels of the image shown last
        /system TEXT       instructions for the model; without TEXT the default ones
        /undo              forget the last message and its answer
        /regen             answer the last message again
        /clear             forget all messages, images and videos
        /set NAME VALUE    change temperature, top-k, top-p, min-p, max-tokens, seed,
                           presence-, frequency- or repetition-penalty, or stop:
                           a text before which answers end, or nothing
        /save PATH         append the conversation to a file as one row of the record
        /help  /quit
        Start a message with // to send a leading slash. Ctrl-C stops an answer.

        """

    /// The command in a line, or nil when the line is a message.
    ///
    /// - Throws: `InferError.badCommand` for an unknown command and a missing or extra argument.
    init?(_ line: String) throws {
        guard line.hasPrefix("/"), !line.hasPrefix("//") else { return nil }
        let parts = line.split(separator: " ", maxSplits: 1)
        let name = String(parts.first ?? "/")
        let argument = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        switch name {
        case "/image": self = .image(try typedPath(Self.needed(argument, "\(name) PATH")))
        case "/video": self = .video(try typedPath(Self.needed(argument, "\(name) PATH")))
        case "/box": self = .box(try Box(edges: Self.needed(argument, "\(name) LEFT TOP RIGHT BOTTOM")))
        case "/save": self = .save(try typedPath(Self.needed(argument, "\(name) PATH")))
        case "/system": self = .system(argument)
        case "/set":
            let words = argument.split(separator: " ", maxSplits: 1)
            let value = words.count > 1 ? String(words[1].drop { $0 == " " }) : ""
            guard let setting = words.first, setting == "stop" || value.split(separator: " ").count == 1
            else {
                throw InferError.badCommand("expected /set NAME VALUE")
            }
            self = .set(name: String(setting), value: value)
        case "/clear": self = try Self.bare(.clear, name, argument)
        case "/undo": self = try Self.bare(.undo, name, argument)
        case "/regen": self = try Self.bare(.regenerate, name, argument)
        case "/help": self = try Self.bare(.help, name, argument)
        case "/quit": self = try Self.bare(.quit, name, argument)
        default: throw InferError.badCommand("unknown command \(name); /help lists them")
        }
    }

    private static func needed(_ argument: String, _ usage: String) throws -> String {
        guard !argument.isEmpty else { throw InferError.badCommand("expected \(usage)") }
        return argument
    }

    private static func bare(_ command: ChatCommand, _ name: String, _ argument: String) throws -> ChatCommand
    {
        guard argument.isEmpty else {
            throw InferError.badCommand("\(name) takes no argument, found \"\(argument)\"")
        }
        return command
    }
}

extension SamplingOptions {
    /// Changes one setting by its name on the command line.
    ///
    /// - Throws: `SettingError` that names the setting and what it accepts; then nothing is changed.
    mutating func change(_ name: String, to text: String) throws {
        if name == "stop" { return stop = try Self.stops(text) }
        guard Self.settings.contains(where: { $0.name == name }) else {
            let known = Self.settings.map(\.name) + ["stop"]
            throw InferError.badCommand(
                "unknown setting \(name); known: \(known.joined(separator: ", "))")
        }
        try set(name, to: text)
    }

    /// Texts that end an answer: none, one as it is, or one in quotes with the escapes of JSON.
    private static func stops(_ text: String) throws -> [String] {
        guard text.hasPrefix("\"") else { return text.isEmpty ? [] : [text] }
        // The error of the parser is dropped: the message says how to write the text.
        guard case .string(let stop)? = try? JSONValue(parsing: text), !stop.isEmpty else {
            throw InferError.badCommand(
                "expected /set stop TEXT or /set stop \"TEXT\", with \\n for a new line")
        }
        return [stop]
    }
}
