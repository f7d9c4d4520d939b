// The rows and pictures of a run, one by one: `inputs.jsonl` in the run directory lets a resumed run say which
// of them changed. The checkpoint has only hashes over all of them.
internal import Foundation
internal import Rollouts
internal import StrictJSON

/// The identities of the rows of both files of a run.
struct RunInputs: Equatable {
    static let fileName = "inputs.jsonl"
    /// Rows to train on, and test rows; nil without a file.
    var train, test: [RowIdentity]?

    private struct Line: Codable {
        var file: String
        var identity: RowIdentity
    }

    init(train: [RowIdentity]?, test: [RowIdentity]?) { (self.train, self.test) = (train, test) }

    /// Reads what a run wrote; nil when the file is missing or damaged.
    init?(of directory: RunDirectory) {
        guard let data = FileManager.default.contents(atPath: directory.path + "/" + Self.fileName) else {
            return nil
        }
        let lines = data.split(separator: UInt8(ascii: "\n")).map {
            try? JSONDecoder().decode(Line.self, from: Data($0))
        }
        guard !lines.contains(where: { $0 == nil }) else { return nil }
        func rows(_ file: String) -> [RowIdentity]? {
            let rows = lines.compactMap { $0?.file == file ? $0?.identity : nil }
            return rows.isEmpty ? nil : rows
        }
        self.init(train: rows("train"), test: rows("test"))
    }

    func write(to directory: RunDirectory) throws {
        let lines =
            (train ?? []).map { Line(file: "train", identity: $0) }
            + (test ?? []).map { Line(file: "test", identity: $0) }
        let texts = try lines.map {
            String(decoding: try RunIdentity.encoder.encode($0), as: UTF8.self) + "\n"
        }
        try directory.write(texts.joined(), to: Self.fileName)
    }
}

/// How the rows of a file differ from those that a run started with.
struct InputChanges {
    /// What happened to rows, and to pictures; nil when nothing did.
    var rows, pictures: String?

    /// Compares hashes, and names the first difference where the rows themselves are known.
    ///
    /// - Parameters:
    ///   - path: The file, for messages.
    ///   - old: The hashes in the checkpoint.
    ///   - known: The rows at that time, if they are still known.
    ///   - new: The rows now.
    init(_ path: String, old: SetIdentity, known: [RowIdentity]?, new: [RowIdentity]) {
        let now = SetIdentity(new)
        let known = known.flatMap { SetIdentity($0) == old ? $0 : nil }
        if now.rowHash != old.rowHash {
            rows = "\(path): its rows are not those of the run"
            if now.rows != old.rows { rows? += " (\(old.rows) then, \(now.rows) now)" }
            if let known { rows? += ": " + Self.difference(path, known, new) }
        }
        if now.pictureHash != old.pictureHash, rows == nil {
            let places = zip(known ?? [], new).filter { $0.pictures != $1.pictures }.map(\.1.line)
            let which =
                places.first.map { ", first of row \(path):\($0), in all of \(places.count) rows" } ?? ""
            pictures = "\(path): pictures or videos are not those of the run\(which)"
        }
    }

    private static func difference(_ path: String, _ old: [RowIdentity], _ new: [RowIdentity]) -> String {
        let (before, after) = (Set(old.map(\.row)), Set(new.map(\.row)))
        let added = new.filter { !before.contains($0.row) }
        let lost = old.filter { !after.contains($0.row) }
        if added.isEmpty, lost.isEmpty {
            let place = zip(old, new).first { $0.row != $1.row }?.1.line
            return "they have another order" + (place.map { ", first at \(path):\($0)" } ?? "")
        }
        if lost.isEmpty, let first = added.first {
            return "\(added.count) were added, first \(path):\(first.line)"
        }
        guard let first = added.first else {
            return "\(lost.count) are missing or set aside, first the one that was in line \(lost[0].line)"
        }
        return "\(added.count) were changed or added, first \(path):\(first.line)"
    }
}
