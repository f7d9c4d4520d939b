// The messages and images of a chat, and their form as a row of the record.
import Foundation
import Tokenizer
import ToolKit
import TrainingData
import VisionLanguageModel

/// The state of a chat.
struct Conversation {
    /// An image or a video that the model was shown.
    struct Picture {
        let path: String
        let visual: VisionInput
    }

    /// A message with its images, and the answer; nil until there is one.
    struct Turn {
        let pictures: [Picture]
        let question: String
        var answer: String?
    }

    /// Instructions before the conversation; nil for the template's own.
    var system: String?
    /// Images and videos that go with the next message.
    var pending: [Picture] = []
    /// Boxes that go with the next message, in pixels of the image or video shown last.
    var boxes: [Box] = []
    private(set) var turns: [Turn] = []

    /// The conversation as the chat template takes it.
    var messages: [ChatMessage] {
        var messages = system.map { [ChatMessage(role: .system, text: $0)] } ?? []
        for turn in turns {
            let shown = turn.pictures.map { $0.visual.isVideo ? ChatMessage.Part.video : .image }
            messages.append(ChatMessage(role: .user, content: shown + [.text(turn.question)]))
            if let answer = turn.answer { messages.append(ChatMessage(role: .assistant, text: answer)) }
        }
        return messages
    }

    /// All images, in the order of the messages.
    var visuals: [VisionInput] { turns.flatMap { $0.pictures.map(\.visual) } }

    /// The files of all images and videos, those for the next message too.
    var files: [String] { (turns.flatMap(\.pictures) + pending).map(\.path) }

    /// The image or video shown last, with the next message or before.
    var lastPicture: Picture? { pending.last ?? turns.last { !$0.pictures.isEmpty }?.pictures.last }

    /// Adds a message with the pending images; boxes are added after it in the model's coordinates.
    mutating func ask(_ question: String) {
        let places = boxes.isEmpty ? nil : lastPicture?.visual.text(for: boxes)
        turns.append(Turn(pictures: pending, question: places.map { "\(question) \($0)" } ?? question))
        (pending, boxes) = ([], [])
    }

    /// Sets or removes the answer to the last message.
    mutating func setAnswer(_ answer: String?) {
        if !turns.isEmpty { turns[turns.count - 1].answer = answer }
    }

    /// Removes the last message and its answer.
    ///
    /// - Throws: `InferError.badCommand` when there is none.
    @discardableResult
    mutating func undo() throws -> Turn {
        guard let turn = turns.popLast() else { throw InferError.badCommand("there is no message yet") }
        return turn
    }

    /// Forgets messages and images, but not the instructions.
    mutating func clear() { (turns, pending, boxes) = ([], [], []) }

    private struct Row: Encodable {
        struct Message: Encodable { let role, content: String }
        let messages: [Message]
        let images: [String]
        let videos: [String]?
    }

    /// The conversation as one line of the record, image paths absolute.
    ///
    /// - Throws: `InferError.badCommand` when a text contains a marker that the record would read as an
    ///   image.
    func row() throws -> Data {
        guard !turns.isEmpty else { throw InferError.badCommand("there is no message yet") }
        let messages = try self.messages.map { message in
            let texts = try message.content.map { part in
                guard case .text(let text) = part else { return part == .video ? "<video>" : "<image>" }
                guard !text.contains("<image>"), !text.contains("<video>") else {
                    throw InferError.badCommand(
                        "a message contains <image> or <video>, which a row cannot store as text")
                }
                return text
            }
            return Row.Message(role: message.role.rawValue, content: texts.joined())
        }
        func paths(ofVideos isVideo: Bool) -> [String] {
            turns.flatMap(\.pictures).filter { $0.visual.isVideo == isVideo }
                .map { URL(fileURLWithPath: $0.path).path }
        }
        let videos = paths(ofVideos: true)
        let row = Row(
            messages: messages, images: paths(ofVideos: false), videos: videos.isEmpty ? nil : videos)
        return try JSONEncoder.forLines().line(row)
    }
}
