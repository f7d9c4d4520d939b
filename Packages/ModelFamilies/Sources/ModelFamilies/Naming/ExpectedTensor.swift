// A tensor that a model's configuration asks for.

/// The canonical name and the shape of a weight.
public struct ExpectedTensor: Sendable, Equatable {
    /// The canonical name: that of Hugging Face's own files.
    public let name: String
    /// The sizes of the dimensions, outermost first.
    public let shape: [Int]
    /// False for a tensor that may be absent, such as the head that is tied to the embedding.
    public let isRequired: Bool

    /// A tensor.
    public init(_ name: String, _ shape: [Int], isRequired: Bool = true) {
        (self.name, self.shape, self.isRequired) = (name, shape, isRequired)
    }
}

extension [ExpectedTensor] {
    /// The matrix of a linear layer, [to, from], and its bias.
    public static func linear(
        _ name: String, from: Int, to: Int, hasBias: Bool = true
    ) -> [ExpectedTensor] {
        [ExpectedTensor("\(name).weight", [to, from])]
            + (hasBias ? [ExpectedTensor("\(name).bias", [to])] : [])
    }
}
