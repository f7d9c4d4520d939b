// The machines of a launch, in the file that mpirun reads.
internal import Foundation

/// A host file of Open MPI: lines `HOST slots=N`, where N processes run on HOST.
///
/// Empty lines and what follows `#` do not count. `max_slots=N` is allowed and left to mpirun.
public struct HostFile: Equatable, Sendable {
    /// A machine.
    public struct Host: Equatable, Sendable {
        /// Its name or address, for ssh.
        public let name: String
        /// How many processes run on it.
        public let slots: Int
    }

    /// The path.
    public let path: String
    /// The machines, in the order of the lines.
    public let hosts: [Host]

    /// All processes.
    public var processes: Int { hosts.reduce(0) { $0 + $1.slots } }

    /// Reads a host file.
    ///
    /// - Parameter path: The file.
    /// - Throws: `LaunchError.badHosts` with the line.
    public init(_ path: String) throws {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw LaunchError.badHosts(
                path, "it cannot be read; expected a file with lines such as: node1 slots=4")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw LaunchError.badHosts(path, "it is not UTF-8 text")
        }
        try self.init(path, text: text)
    }

    /// Reads the text of a host file.
    ///
    /// - Parameters:
    ///   - path: The file, for messages.
    ///   - text: What it contains.
    /// - Throws: `LaunchError.badHosts` with the line.
    public init(_ path: String, text: String) throws {
        self.path = path
        var hosts: [Host] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard !words.isEmpty else { continue }
            guard let host = Self.host(words) else {
                throw LaunchError.badHosts(
                    "\(path):\(index + 1)",
                    "expected a host and its number of processes, such as: node1 slots=4; found: "
                        + words.joined(separator: " "))
            }
            hosts.append(host)
        }
        guard !hosts.isEmpty else {
            throw LaunchError.badHosts(path, "it names no host; expected lines such as: node1 slots=4")
        }
        self.hosts = hosts
    }

    private static func host(_ words: [String]) -> Host? {
        guard !words[0].contains("=") else { return nil }
        var slots: Int?
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int(parts[1]), (1...65_536).contains(number) else {
                return nil
            }
            switch parts[0] {
            case "slots" where slots == nil: slots = number
            case "max_slots", "max-slots": break
            default: return nil
            }
        }
        return slots.map { Host(name: words[0], slots: $0) }
    }
}
