// answers.jsonl: grows question by question, and a run that was killed continues after the last whole question.
internal import Basics
internal import Foundation
internal import Outputs

/// The answers of a run.
public enum AnswerFile {
    /// The name of the file in a run's folder.
    public static let name = "answers.jsonl"

    /// Reads the answers of a run.
    ///
    /// - Parameter folder: The run's folder.
    /// - Returns: All answers in the order of the file.
    /// - Throws: `BenchmarkRunError.badFile` with the line that cannot be read.
    public static func read(in folder: String) throws -> [AnswerRecord] {
        let path = "\(folder)/\(name)"
        let bytes = try readRegularFile(path)
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else {
            throw BenchmarkRunError.badFile(
                path, "its last line is cut off: finish the run with r1-eval run --resume")
        }
        return try records(bytes, path).map(\.record)
    }

    /// The whole questions that an unfinished file has.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - places: Every answer that the run will have, in order.
    ///   - samples: Answers per question, for the place of a question.
    /// - Returns: Complete questions' answers and the bytes that they take.
    /// - Throws: `BenchmarkRunError.badFile` when another run wrote the file.
    static func progress(
        in path: String, of places: [AnswerPlace], samples: (Int) -> Int
    ) throws -> (answers: Int, bytes: Int) {
        guard FileManager.default.fileExists(atPath: path) else { return (0, 0) }
        let bytes = try readRegularFile(path)
        let complete = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let found = try records(Array(bytes[..<complete]), path)
        guard found.count <= places.count else {
            throw BenchmarkRunError.badFile(
                "\(path):\(places.count + 1)",
                "the run has only \(places.count) answers; another run wrote the file")
        }
        for (index, (record, _)) in found.enumerated() where record.place != places[index] {
            throw BenchmarkRunError.badFile(
                "\(path):\(index + 1)",
                "expected \(places[index]), found \(record.place): another run wrote the file")
        }
        var count = 0
        while count < found.count, count + samples(count) <= found.count { count += samples(count) }
        return (count, count == 0 ? 0 : found[count - 1].end)
    }

    private static func records(_ bytes: [UInt8], _ path: String) throws -> [(record: AnswerRecord, end: Int)]
    {
        var (start, number) = (0, 0)
        var records: [(AnswerRecord, Int)] = []
        let decoder = JSONDecoder()
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            number += 1
            do {
                records.append(
                    (try decoder.decode(AnswerRecord.self, from: Data(bytes[start..<end])), end + 1))
            } catch let error as DecodingError {
                throw BenchmarkRunError.badFile(
                    "\(path):\(number)", "expected an answer as r1-eval run writes it: \(error.place)")
            }
            start = end + 1
        }
        return records
    }
}
