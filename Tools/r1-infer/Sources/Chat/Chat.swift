// r1-infer chat: a conversation on a terminal or over a pipe.
import ArgumentParser
import Checkpoint
import Foundation
import ImageInput
import ModelOptions
import Outputs
import Tokenizer
import ToolKit
import TrainingData
import VisionLanguageModel

/// `r1-infer chat MODEL`.
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chat with a model.",
        discussion: """
            Answers stream word by word. Settings that are not given come from the checkpoint's \
            generation_config.json. Typed text is never read as special tokens.

            \(ChatCommand.overview)
            Boxes in an answer are in the model's own coordinates. On a terminal, and with --draw, they are also \
            printed in pixels of the image shown last.

            On a terminal, lines are edited with the usual keys; the up and down keys go through earlier messages, \
            which are kept in mixed-r1/chat-history in XDG_STATE_HOME or ~/.local/state. Alt-Enter or a \
            backslash at the end begins another line. Images are previewed where the terminal can show them.

            When stdin is a pipe, each line is a message, only answers go to stdout, and the first error ends the chat.

              r1-infer chat model.h5 --image cat.jpg
              r1-infer chat model.h5 --image cat.jpg --prompt "What is it?" --greedy
              r1-infer chat model.h5 --image cat.jpg --prompt "Where is the cat?" --draw found.png
            """)

    @Argument(help: modelHelp, transform: paths.argument)
    var model: String

    @OptionGroup(title: "Model")
    var loading: LoadingOptions

    @Option(
        name: .customLong("image"), parsing: .singleValue,
        help: ArgumentHelp("An image for the first message; may be repeated.", valueName: "path"),
        transform: paths.argument)
    var images: [String] = []

    @Option(
        name: .customLong("video"), parsing: .singleValue,
        help: ArgumentHelp(
            "A video file, an animated WebP or GIF, or a folder of frames, after the images; may be repeated.",
            valueName: "path"), transform: paths.argument)
    var videos: [String] = []

    @Option(
        name: .customLong("box"), parsing: .singleValue,
        help: ArgumentHelp(
            "A box on the last image, \"LEFT TOP RIGHT BOTTOM\" in pixels, added after the first message in the "
                + "model's coordinates; may be repeated.", valueName: "edges"))
    var boxes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Draw the boxes of the last answer that has boxes on its image; writes this PNG file.",
            valueName: "file"), transform: paths.argument)
    var draw: String?

    @OptionGroup var overwriting: OverwriteOption

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Answer this one message and exit.", valueName: "text"))
    var prompt: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Instructions for the model instead of the default ones.", valueName: "text"))
    var system: String?

    @OptionGroup(title: "Sampling")
    var sampling: SamplingArguments

    @OptionGroup(title: "Engine")
    var engine: EngineArguments

    /// Checks the name of the drawing.
    func validate() throws {
        guard draw.map({ $0.lowercased().hasSuffix(".png") }) ?? true else {
            throw ValidationError(
                "--draw writes a PNG file; the name must end in .png, found \(draw ?? "")")
        }
    }

    /// Chats until the input ends.
    func run() throws {
        let claim = try draw.map { try overwriting.claim($0, inputs: images + videos) }
        let loaded = try loading.load(model, console: console)
        try claim?.requireNoInput(loaded.checkpoint.sourceFiles)
        var session = ChatSession(
            loaded, options: sampling.options(over: loaded.generation.sampling), limits: engine.options,
            system: system, drawing: claim.map(Drawing.init))
        for path in images { try session.show(path) }
        for path in videos { try session.show(video: path) }
        for box in boxes { try session.mark(Box(edges: box)) }
        try session.interrupt.watch()
        guard let prompt else { return try session.converse() }
        try session.ask(prompt)
        if session.interrupt.isAsked { throw ExitCode(130) }
    }
}

/// A running chat.
struct ChatSession {
    let interrupt = Interrupt()
    private let loaded: LoadedModel
    /// Caches keys and values of the conversation.
    private var generation: GenerationSession
    private var options: SamplingOptions
    private var conversation = Conversation()
    /// Answers so far: each has different random numbers.
    private var answerCount: UInt64 = 0
    private let drawing: Drawing?
    private let isInteractive = Console.inputIsTerminal && Console.outputIsTerminal
    /// The edited lines and previews of a chat on a terminal.
    private var terminal: ChatTerminal?

    init(
        _ loaded: LoadedModel, options: SamplingOptions, limits: EngineOptions, system: String?,
        drawing: Drawing?
    ) {
        (self.loaded, self.options, self.drawing) = (loaded, options, drawing)
        generation = GenerationSession(loaded.engine(limits))
        conversation.system = system
        terminal = isInteractive ? ChatTerminal() : nil
    }

    /// Handles lines until the input ends or a command quits.
    mutating func converse() throws {
        if isInteractive { console.aside("/help lists the commands\n") }
        while let line = try nextLine() {
            interrupt.reset()
            do {
                if let command = try ChatCommand(line) {
                    guard try perform(command) else { return }
                } else if !line.isEmpty {
                    try ask(line.hasPrefix("//") ? String(line.dropFirst()) : line)
                }
            } catch {
                guard isInteractive else { throw error }
                console.note("\(error)")
            }
        }
    }

    private mutating func nextLine() throws -> String? {
        let wasInterrupted = interrupt.isAsked
        if terminal != nil { return try terminal?.line(wasInterrupted: wasInterrupted) }
        guard isInteractive else { return readLine() }
        try console.write("> ")
        let line = readLine()
        if line == nil { try console.write("\n") }
        return line
    }

    /// Reads an image for the next message.
    mutating func show(_ path: String) throws {
        let bytes = try loadImageBytes(path, relativeTo: FileManager.default.currentDirectoryPath)
        try show(Conversation.Picture(path: path, visual: loaded.processor.image(bytes, name: path)))
    }

    /// Reads a video for the next message.
    mutating func show(video path: String) throws {
        try show(Conversation.Picture(path: path, visual: loaded.processor.video(path: path)))
    }

    private mutating func show(_ picture: Conversation.Picture) throws {
        conversation.pending.append(picture)
        let (path, visual) = (picture.path, picture.visual)
        guard isInteractive else { return }
        let size = visual.originalSize
        console.aside(
            "\(path): \(size.width) x \(size.height), seen as \(visual.seenAs), "
                + "\(visual.tokenCount) tokens\n")
        if !visual.isVideo { try terminal?.preview(path, boxes: []) }
    }

    /// Adds a box on the image shown last after the next message.
    mutating func mark(_ box: Box) throws {
        guard conversation.lastPicture != nil else {
            throw InferError.badCommand("show an image or a video before adding a box")
        }
        conversation.boxes.append(box)
    }

    /// Sends a message and writes its answer; a message that cannot be answered is removed.
    mutating func ask(_ question: String) throws {
        conversation.ask(question)
        do {
            try answer()
        } catch {
            conversation.pending = try conversation.undo().pictures
            throw error
        }
    }

    /// Performs a command.
    ///
    /// - Returns: Whether the chat continues.
    private mutating func perform(_ command: ChatCommand) throws -> Bool {
        switch command {
        case .image(let path): try show(path)
        case .video(let path): try show(video: path)
        case .box(let box): try mark(box)
        case .system(let text): conversation.system = text.isEmpty ? nil : text
        case .set(let name, let value): try options.change(name, to: value)
        case .clear: conversation.clear()
        case .undo: try conversation.undo()
        case .regenerate: try regenerate()
        case .save(let path): try save(path)
        case .help: console.aside(ChatCommand.overview)
        case .quit: return false
        }
        return true
    }

    private mutating func regenerate() throws {
        guard let last = conversation.turns.last else {
            throw InferError.badCommand("there is no message yet")
        }
        conversation.setAnswer(nil)
        do {
            try answer()
        } catch {
            conversation.setAnswer(last.answer)
            throw error
        }
    }

    private func save(_ path: String) throws {
        let row = try conversation.row()
        let claim = try OutputClaim(
            path, existing: .replaced, inputs: loaded.checkpoint.sourceFiles + conversation.files)
        let handle = try claim.open()
        try handle.write(contentsOf: row)
        try handle.close()
    }

    /// Generates the answer to the last message and writes it while it streams.
    private mutating func answer() throws {
        let prompt = try loaded.processor.prompt(conversation.messages, visuals: conversation.visuals)
        let (number, options) = (answerCount, options)
        answerCount += 1
        var stream = StreamingDecoder(loaded.processor.tokenizer, skipSpecialTokens: true)
        var (text, count, timing) = ("", 0, Timing())
        // The reader of the answer is gone: nothing is left to generate for.
        var failure: (any Error)?
        let interrupt = interrupt
        let answer = try interrupt.generating {
            try generation.answer(
                prompt, number: number, options: options, shouldStop: { interrupt.isAsked || failure != nil }
            ) { token in
                timing.token()
                let piece = stream.append(bytes: token.text)
                text += piece
                count += token.text.count
                if failure == nil {
                    do { try console.writeUntrusted(piece) } catch { failure = error }
                }
            }
        }
        // What was held back because it could have begun a text that ends the answer.
        let rest = stream.append(bytes: Array(answer.text.dropFirst(count))) + stream.finish()
        if let failure { throw failure }
        try console.writeUntrusted(rest + "\n")
        conversation.setAnswer(text + rest)
        try report(text + rest)
        let reason = interrupt.isAsked ? "stopped" : answer.finishReason.rawValue
        guard Console.errorIsTerminal else { return }
        let kept =
            generation.reusedCount > 0 ? ", \(generation.reusedCount) of \(prompt.ids.count) reused" : ""
        console.aside("[\(timing.summary)\(kept), \(reason)]\n")
    }
}

extension ChatSession {
    /// Prints where the boxes of an answer are on the image, and draws them.
    private mutating func report(_ answer: String) throws {
        guard isInteractive || drawing != nil, let picture = conversation.lastPicture else { return }
        let boxes = picture.visual.boxes(in: answer)
        let places = boxes.map(\.text).joined(separator: " ") + " in pixels of \(picture.path)"
        if isInteractive, !boxes.isEmpty {
            console.aside("\(places)\n")
            if !picture.visual.isVideo { try terminal?.preview(picture.path, boxes: boxes) }
        }
        guard let drawing else { return }
        guard !boxes.isEmpty else {
            return console.note("no box in the answer; \(drawing.path) is unchanged")
        }
        guard !picture.visual.isVideo else {
            return console.note("boxes are drawn only on images; \(picture.path) is a video")
        }
        try drawing.write(boxes, on: picture.path)
        console.note("\(drawing.path): \(places)")
    }
}

/// The speed of an answer.
private struct Timing {
    private let start = ContinuousClock.now
    private var first: ContinuousClock.Instant?
    private var last = ContinuousClock.now
    private var tokens = 0

    /// One more token.
    mutating func token() {
        last = .now
        first = first ?? last
        tokens += 1
    }

    var summary: String {
        guard let first else { return "no tokens" }
        let wait = String(format: "%.2f", (first - start) / .seconds(1))
        let seconds = (last - first) / .seconds(1)
        let rate =
            tokens > 1 && seconds > 0 ? String(format: ", %.1f tokens/s", Double(tokens - 1) / seconds) : ""
        return "first token after \(wait) s\(rate), \(tokens) tokens"
    }
}
