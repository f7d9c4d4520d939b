// JSON as the tools print it: keys are sorted, so that equal values give equal bytes.
public import Foundation

extension JSONEncoder {
    /// An encoder for one value per line.
    public static func forLines() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// An encoder for one value over several lines.
    public static func forReports() -> JSONEncoder {
        let encoder = forLines()
        encoder.outputFormatting.insert(.prettyPrinted)
        return encoder
    }

    /// The value as JSON that ends with a line break.
    public func line(_ value: some Encodable) throws -> Data { try encode(value) + [0x0A] }
}
