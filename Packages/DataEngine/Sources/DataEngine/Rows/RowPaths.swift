// The paths of images and videos inside a row, which start at the folder of the row's file: a row that is copied
// to another folder gets other paths.
internal import Foundation
internal import StrictJSON

extension OrderedJSON {
    /// The row with other paths of its images and videos; `data:` URIs stay.
    func mappingPaths(_ change: (String) -> String) -> OrderedJSON {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { member in
                guard member.key == "images" || member.key == "videos" else { return member }
                return Member(key: member.key, value: member.value.mappingPath(change))
            })
    }

    private func mappingPath(_ change: (String) -> String) -> OrderedJSON {
        switch self {
        case .string(let path): path.hasPrefix("data:") ? self : .string(change(path))
        case .array(let items): .array(items.map { $0.mappingPath(change) })
        case .object(let members):
            .object(
                members.map {
                    $0.key == "path" ? Member(key: $0.key, value: $0.value.mappingPath(change)) : $0
                })
        default: self
        }
    }

    /// The object with a key set to a value, in its place or at the end.
    func setting(_ key: String, to value: OrderedJSON) -> OrderedJSON {
        guard case .object(var members) = self else { return self }
        let member = Member(key: key, value: value)
        if let place = members.firstIndex(where: { $0.key == key }) {
            members[place] = member
        } else {
            members.append(member)
        }
        return .object(members)
    }
}

/// The way from the folder of rows that are read to that of rows that are written.
struct PathChange {
    /// What comes before a relative path; empty when both folders are the same.
    let prefix: String

    /// The way between two folders.
    ///
    /// Links are followed, because `..` does not lead back over a link.
    init(from source: String, to target: String) {
        func parts(_ path: String) -> [Substring] {
            let full = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
            return full.split(separator: "/")
        }
        let (from, to) = (parts(source), parts(target))
        let common = zip(from, to).prefix { $0 == $1 }.count
        let steps = Array(repeating: "..", count: to.count - common) + from[common...].map(String.init)
        prefix = steps.map { $0 + "/" }.joined()
    }

    /// Whether paths stay as they are.
    var isNone: Bool { prefix.isEmpty }

    /// A path as it is written in the new folder.
    func callAsFunction(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix("data:") ? path : prefix + path
    }
}
