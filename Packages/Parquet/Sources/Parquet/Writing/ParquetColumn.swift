// The columns of a file that is written.

/// A column, or a field of a record.
///
/// Every value may be null.
public struct ParquetColumn: Sendable, Equatable {
    /// What values are.
    public indirect enum Kind: Sendable, Equatable {
        /// `true` or `false`.
        case bool
        /// Whole numbers of 64 bits.
        case int
        /// Numbers; whole ones are taken, too.
        case double
        /// Texts.
        case text
        /// Bytes without a meaning.
        case bytes
        /// A picture as Hugging Face's datasets have it: a record of `bytes` and `path`.
        case image
        /// Lists.
        case list(Kind)
        /// Records.
        case record([ParquetColumn])

        /// The same kind without names for common ones.
        var plain: Kind {
            self == .image ? .record([.init("bytes", .bytes), .init("path", .text)]) : self
        }
    }

    /// The name.
    public let name: String
    /// What its values are.
    public let kind: Kind

    /// A column.
    public init(_ name: String, _ kind: Kind) { (self.name, self.kind) = (name, kind) }
}

extension ParquetColumn.Kind {
    /// The kind as Hugging Face's `datasets` notes it in a file's metadata.
    var feature: String {
        switch self {
        case .bool: #"{"dtype":"bool","_type":"Value"}"#
        case .int: #"{"dtype":"int64","_type":"Value"}"#
        case .double: #"{"dtype":"float64","_type":"Value"}"#
        case .text: #"{"dtype":"string","_type":"Value"}"#
        case .bytes: #"{"dtype":"binary","_type":"Value"}"#
        case .image: #"{"_type":"Image"}"#
        case .list(let element): "[\(element.feature)]"
        case .record(let fields): Self.features(fields)
        }
    }

    /// The features of several columns as a JSON object.
    static func features(_ columns: [ParquetColumn]) -> String {
        "{" + columns.map { "\(quoted($0.name)):\($0.kind.feature)" }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20:
                "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
