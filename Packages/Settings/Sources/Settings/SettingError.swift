// What can be wrong with settings.

/// A setting that cannot be read.
public enum SettingError: Error, Equatable, CustomStringConvertible {
    /// There is no setting of this name; `nearest` is a known path with few edits.
    case unknown(path: String, nearest: String?, line: Int?)
    /// A value of another kind or out of range.
    case bad(path: String, expected: String, found: String, line: Int?)

    /// The line of the file, from 1.
    public var line: Int? {
        switch self {
        case .unknown(_, _, let line), .bad(_, _, _, let line): line
        }
    }

    /// The path, what was expected and what was found.
    public var description: String {
        switch self {
        case .unknown(let path, let nearest, _):
            "unknown setting \(path)" + (nearest.map { "; did you mean \($0)?" } ?? "")
        case .bad(let path, let expected, let found, _):
            "setting \(path): expected \(expected), found \(found)"
        }
    }
}

/// The known name with the fewest edits, when they are few enough for a typing error.
func nearest(_ name: String, among known: [String]) -> String? {
    let letters = Array(name.lowercased())
    // The distance grows with the product of both lengths.
    guard letters.count <= 100 else { return nil }
    let best = known.map { ($0, editDistance(letters, Array($0.lowercased()))) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= max(2, letters.count / 2) else { return nil }
    return best.0
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var corner = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let cost = min(row[j + 1] + 1, row[j] + 1, corner + (x == y ? 0 : 1))
            (corner, row[j + 1]) = (row[j + 1], cost)
        }
    }
    return row[b.count]
}
