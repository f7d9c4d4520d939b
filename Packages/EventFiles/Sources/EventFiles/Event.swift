// TensorBoard's events as protocol buffers. The numbers of the fields are those of event.proto, summary.proto and
// tensor.proto in https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto.
internal import Foundation

/// One event: a time, a step, and what happened.
struct Event {
    /// What an event says.
    enum Content {
        /// The first event of every file.
        case fileVersion
        /// What earlier files say about this step and later ones is void.
        case sessionStart
        /// Numbers by their tags.
        case scalars([String: Double])
        /// A text under a tag.
        case text(String, tag: String)
    }

    let wallTime: Date
    let step: Int
    let content: Content

    /// The message `Event`.
    var encoded: [UInt8] {
        let step = UInt64(bitPattern: Int64(step))
        return [.double(1, wallTime.timeIntervalSince1970), .varint(2, step), content.field].encoded
    }
}

extension Event.Content {
    fileprivate var field: Field {
        switch self {
        case .fileVersion: .text(3, "brain.Event:2")
        case .sessionStart: .message(7, [.varint(1, 1)])
        case .scalars(let scalars):
            .message(
                5,
                scalars.sorted { $0.key < $1.key }.map {
                    value($0.key, "scalars", .float(2, Float($0.value)))
                })
        case .text(let text, let tag): .message(5, [value(tag, "text", .message(8, tensor(text)))])
        }
    }

    /// A value of a summary with the name of the plugin that shows it.
    private func value(_ tag: String, _ plugin: String, _ value: Field) -> Field {
        .message(1, [.text(1, tag), value, .message(9, [.message(1, [.text(1, plugin)])])])
    }

    /// A tensor without axes of the element type string (7).
    private func tensor(_ text: String) -> [Field] { [.varint(1, 7), .message(2, []), .text(8, text)] }
}
