// What can be wrong with a pattern or with the set of texts that a machine would accept.

/// Why no machine can be built; half a sentence to follow the place of the keyword.
struct MachineError: Error, CustomStringConvertible {
    /// What is wrong and what to do.
    let description: String

    init(_ description: String) { self.description = description }

    /// No text satisfies the keywords.
    static let nothing = MachineError("no value satisfies all keywords of this schema")

    /// More states than the limit.
    static func tooLarge(_ limit: Int) -> MachineError {
        MachineError("needs more than \(limit) states; use smaller repetitions, lengths or fewer values")
    }
}
