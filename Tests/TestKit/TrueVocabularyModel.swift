// The tiny Qwen2.5-VL with the true vocabulary of 151,936 tokens: its table is drawn, the rest of it is stored.
import Basics
internal import Checkpoint
internal import Foundation
internal import PublishedVocabulary
internal import TensorMath

/// Makes the checkpoint `qwen25vl-tiny-realvocab`, whole: every row of its table, its tokenizer, its settings.
public enum TrueVocabularyModel {
    /// The drawn table is not the reference's.
    private struct OtherTable: Error, CustomStringConvertible {
        let description: String
    }

    /// The table of tokens, drawn once for all tests and the same as the reference's to the last bit.
    private static let table = Result<(info: TensorInfo, bytes: [UInt8]), any Error> {
        let drawing = try JSONDecoder().decode(
            Drawing.self, from: Data(Fixtures.bytes("goldens/\(weights).json")))
        var bits = drawing.bits()
        let file = try stored()
        let places: [Int32] = try values(of: otherwise + "at", in: file)
        let entries: [UInt16] = try values(of: otherwise + "bits", in: file)
        for (place, value) in zip(places, entries) { bits[Int(place)] = value }
        let bytes = bits.withUnsafeBytes { Array($0) }
        let found = sha256(bytes)
        guard found == drawing.sha256 else {
            throw OtherTable(
                description:
                    "\(drawing.name), drawn from the seed \(drawing.seed), has the SHA-256 \(found), "
                    + "expected \(drawing.sha256): log, sin or cos rounds otherwise on this machine")
        }
        return (TensorInfo(name: drawing.name, dtype: .bfloat16, shape: drawing.shape), bytes)
    }

    private static let weights = "qwen25vl-tiny-realvocab.weights"
    /// Begins the names of the arrays that hold the entries which our functions round otherwise than the reference's.
    private static let otherwise = "otherwise."

    private static func stored() throws -> SafetensorsFile {
        try SafetensorsFile(Fixtures.url("goldens/\(weights).safetensors").path)
    }

    private static func values<Value>(of name: String, in file: SafetensorsFile) throws -> [Value] {
        try file.withBytes(of: name) { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Value>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Value.self)
            }
        }
    }

    /// Writes the checkpoint.
    ///
    /// - Parameter path: The HDF5 file to write.
    /// - Throws: What reading fixtures and writing checkpoints throws, and when the table is not the reference's.
    public static func write(to path: String) throws {
        let (file, table) = (try stored(), try table.get())
        let tensors = file.tensors.filter { !$0.name.hasPrefix(otherwise) }
        let writer = try CheckpointWriter(
            path, expectedByteCount: tensors.reduce(table.bytes.count) { $0 + $1.byteCount })
        for info in tensors { try file.withBytes(of: info.name) { try writer.add(info, bytes: $0) } }
        try table.bytes.withUnsafeBytes { try writer.add(table.info, bytes: $0) }
        let merges = try Fixtures.bytes("tokenizer/qwen25/merges.txt")
        let lines = String(decoding: merges, as: UTF8.self).split(separator: "\n")
        try writer.addSideFile("vocab.json", publishedVocabulary(merges: lines))
        for folder in ["tokenizer/qwen25", "checkpoints/qwen25vl-tiny-realvocab"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.url(folder).path)
            // Both have the same added tokens.
            for name in names.sorted() where folder.hasPrefix("tokenizer") || name != "added_tokens.json" {
                try writer.addSideFile(name, Fixtures.bytes("\(folder)/\(name)"))
            }
        }
        try writer.commit()
    }
}
