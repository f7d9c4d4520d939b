// Paths as people type them or drop them on a terminal: with ~, quotes and backslashes.
import Foundation

/// The path that a typed text means.
///
/// A text that names an existing file or folder is taken as it is. Otherwise `~` and `~user` at the start become a home
/// folder, quotes are removed, and a backslash keeps the next character. Spaces without quotes stay in the path.
///
/// - Throws: `InferError.badCommand` for a quote without an end and for a user who does not exist.
func typedPath(_ text: String) throws -> String {
    guard !FileManager.default.fileExists(atPath: text) else { return text }
    var (path, rest) = ("", Substring(text))
    if text.hasPrefix("~") {
        let user = rest.dropFirst().prefix { $0 != "/" }
        rest = rest.dropFirst(1 + user.count)
        path = try home(of: String(user))
    }
    var quote: Character?
    while let character = rest.popFirst() {
        switch (character, quote) {
        case ("\\", nil), ("\\", "\""):
            // A last backslash is itself.
            path.append(rest.popFirst() ?? character)
        case ("\"", nil), ("'", nil): quote = character
        case (_, let mark?) where character == mark: quote = nil
        default: path.append(character)
        }
    }
    if let quote { throw InferError.badCommand("expected another \(quote) in the path \(text), found none") }
    return path
}

private func home(of user: String) throws -> String {
    if user.isEmpty, let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty { return home }
    let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(user)
    guard let folder = entry?.pointee.pw_dir else {
        throw InferError.badCommand(
            "no home folder of \(user.isEmpty ? "this user" : "the user \(user)") is known")
    }
    return String(cString: folder)
}
