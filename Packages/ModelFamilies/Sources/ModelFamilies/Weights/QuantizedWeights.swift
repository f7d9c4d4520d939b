// Which weights of a model may be rounded to few bits.
public import Basics

extension ModelConfiguration {
    /// How a weight is rounded when the model is asked for in few bits; nil for one that keeps its type.
    ///
    /// The matrices of the decoder get the codes that are asked for. The embedding table and the head, to which
    /// rounding does more harm, and rows that are not whole groups of int4, get int8. Norms, biases and the
    /// vision tower, which costs little memory and is not read for every token, keep their types.
    ///
    /// - Parameters:
    ///   - name: The canonical name.
    ///   - shape: [out, in].
    ///   - wanted: What is asked for.
    /// - Returns: The codes, or nil.
    public func codes(of name: String, shape: [Int], wanted: WeightCodes) -> WeightCodes? {
        guard shape.count == 2, name.hasSuffix(".weight"),
            vision?.prefixes.contains(where: { name.hasPrefix($0) }) != true
        else { return nil }
        let isTable = name == tableNames.embedding || name == tableNames.head
        return isTable || shape[1] % WeightCodes.int4.groupSize != 0 ? .int8 : wanted
    }
}
