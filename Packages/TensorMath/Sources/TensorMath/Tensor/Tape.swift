// Reverse-mode differentiation: a flat list of entries, walked backward once.
//
// Operands decide what is recorded: an operation on a recorded tensor records itself on the same tape, an
// operation on constants does not. There is no global mode. Entries refer to each other by number instead of
// by reference, so releasing a long chain cannot overflow the stack.
internal import Basics
internal import CKernels

/// An entry on a tape.
struct TapeRecord {
    let tape: Tape
    let index: Int
}

/// Gets the gradient of the output and which inputs need one; returns a gradient or nil for each input.
typealias Pullback = (_ d: Tensor, _ needed: [Bool]) -> [Tensor?]

/// Gets the gradient of the output, and adds to the sums of the gradients of the inputs that need one; nil is a sum of none.
typealias SummingPullback = (_ d: Tensor, _ needed: [Bool], _ sums: inout [Tensor?]) -> Void

/// The record of one forward pass.
///
/// One thread uses it, and walks it backward once.
public final class Tape {
    fileprivate enum AnyPullback {
        case each(Pullback)
        case summing(SummingPullback)
    }

    private struct Entry {
        /// The place of its first input in `inputs`; the inputs of the next entry begin behind its own.
        let firstInput: Int
        /// Nil for a leaf, and after its use.
        var pullback: AnyPullback?
        /// The first entry with this one as an input; for an input of a block that is recomputed, the entry of the block.
        var firstUse: Int?
    }

    private var entries: [Entry] = []
    /// The inputs of all entries, one after another; nil for constants.
    private var inputs: [Int?] = []
    /// The sum of the gradients of each entry so far, during the backward walk.
    private var gradients: [Tensor?] = []
    /// Whether operations are not recorded because they will be recomputed.
    private var isPaused = false

    /// An empty tape.
    public init() {}

    /// Number of recorded operations and leaves.
    public var count: Int { entries.count }

    /// The same value as a recorded leaf, for which `gradients` can be computed.
    public func leaf(_ value: Tensor) -> Tensor {
        var leaf = value.detached
        leaf.record = append(Entry(firstInput: inputs.count))
        return leaf
    }

    /// Records an operation; returns nil while operations are not recorded.
    fileprivate func append(_ operands: [Tensor?], _ pullback: AnyPullback) -> TapeRecord? {
        let entry = Entry(firstInput: inputs.count, pullback: pullback)
        for operand in operands { inputs.append(noteUse(of: operand)) }
        guard isPaused else { return append(entry) }
        inputs.removeLast(operands.count)
        return nil
    }

    private func append(_ entry: Entry) -> TapeRecord {
        entries.append(entry)
        return TapeRecord(tape: self, index: entries.count - 1)
    }

    /// Notes that the next entry uses a tensor; returns the tensor's entry, nil for a constant.
    private func noteUse(of operand: Tensor?) -> Int? {
        guard let record = operand?.record else { return nil }
        require(record.tape === self, "one operation mixes tensors of two tapes")
        if entries[record.index].firstUse == nil { entries[record.index].firstUse = entries.count }
        return record.index
    }

    /// The number of the first operation that used a leaf, or of the recomputed block that contains it; nil without one.
    func firstUse(of leaf: Tensor) -> Int? { leaf.record.flatMap { entries[$0.index].firstUse } }

    /// The gradients of a scalar with respect to leaves, in the order of `leaves`; see `walkBack`.
    ///
    /// - Returns: For each leaf a gradient of its shape; nil where the loss does not depend on it.
    public func gradients(of loss: Tensor, for leaves: [Tensor]) -> [Tensor?] {
        var known = [Tensor?](repeating: nil, count: leaves.count)
        var sums = known
        walkBack(from: loss, to: leaves, adding: &sums) { known[$0] = $1 }
        return known
    }

    /// Computes the gradients of a scalar with respect to leaves, and hands out each as soon as it is complete.
    ///
    /// Each entry's closure and gradient are released after their use, so memory shrinks during the walk. The
    /// tape cannot be used again.
    ///
    /// - Parameters:
    ///   - loss: A recorded tensor of one element.
    ///   - leaves: Different tensors made by `leaf`, or constants.
    ///   - sums: For each leaf a sum to which its gradient is added, in place where that saves memory; they are taken
    ///     out. Nil for none.
    ///   - receive: Gets the place of each leaf, once, with its sum and gradient, of its shape; nil where there is no sum
    ///     and the loss does not depend on it.
    func walkBack(
        from loss: Tensor, to leaves: [Tensor], adding sums: inout [Tensor?],
        receive: (_ place: Int, _ gradient: Tensor?) -> Void
    ) {
        require(loss.count == 1, "gradients: the loss has shape \(loss.shape), not one element")
        let root = loss.record
        require(root == nil || root?.tape === self, "gradients: the loss was recorded on another tape")
        let top = root?.index ?? -1
        gradients = [Tensor?](repeating: nil, count: entries.count)
        defer { (entries, inputs, gradients) = ([], [], []) }
        if let root { gradients[root.index] = Tensor(repeating: 1, shape: loss.shape) }
        // After the walk has passed the first use of a leaf, nothing is added to its gradient any more.
        var complete: [Int: [Int]] = [:]
        for (place, leaf) in leaves.enumerated() {
            let first = leaf.record.map { $0.index == top ? top : entries[$0.index].firstUse ?? .max } ?? .max
            if first <= top, let record = leaf.record {
                complete[first, default: []].append(place)
                if let sum = sums[place].take() {
                    gradients[record.index] = gradients[record.index].map { .sum(sum, $0) } ?? sum
                }
            } else {
                receive(place, sums[place].take())
            }
        }
        for index in stride(from: top, through: 0, by: -1) {
            walk(index)
            for place in complete[index] ?? [] {
                receive(place, leaves[place].record.flatMap { gradients[$0.index].take() })
            }
        }
    }

    /// Adds what an entry passes on to the gradients of its inputs.
    private func walk(_ index: Int) {
        guard let pullback = entries[index].pullback else { return }
        entries[index].pullback = nil
        guard let d = gradients[index].take() else { return }
        let end = index + 1 < entries.count ? entries[index + 1].firstInput : inputs.count
        let inputs = Array(inputs[entries[index].firstInput..<end])
        let needed = inputs.map { $0 != nil }
        let results: [Tensor?]
        switch pullback {
        case .each(let pullback): results = pullback(d, needed)
        case .summing(let pullback):
            var sums = inputs.map { input in input.flatMap { gradients[$0].take() } }
            pullback(d, needed, &sums)
            results = sums
        }
        for (input, gradient) in zip(inputs, results) {
            guard let input, let gradient else { continue }
            Tensor.add(gradient, to: &gradients[input])
        }
    }

    /// Runs `body` unrecorded, and again, recorded, when its gradient is needed.
    fileprivate func checkpointed(_ body: @escaping () -> Tensor) -> Tensor {
        guard !isPaused else { return body() }
        isPaused = true
        let value = body()
        isPaused = false
        // A block may return a value that was recorded before it.
        _ = noteUse(of: value)
        var result = value.detached
        // The inputs of `body` were recorded before this entry, so their gradients can be added to their sums
        // directly.
        let pullback: Pullback = { [unowned self] d, _ in
            replay(body, d)
            return []
        }
        result.record = append([], .each(pullback))
        return result
    }

    /// Records `body` at the end of the tape, walks back over it and removes it.
    private func replay(_ body: () -> Tensor, _ d: Tensor) {
        let (end, inputEnd) = (entries.count, inputs.count)
        guard let record = body().record else { return }
        gradients += [Tensor?](repeating: nil, count: entries.count - gradients.count)
        Tensor.add(d, to: &gradients[record.index])
        for index in stride(from: entries.count - 1, through: end, by: -1) { walk(index) }
        inputs.removeSubrange(inputEnd...)
        entries.removeSubrange(end...)
        gradients.removeSubrange(end...)
    }
}

extension Tensor {
    /// Adds a gradient to a sum, in place if no other tensor shares the sum's memory, else in new memory.
    static func add(_ gradient: Tensor, to sum: inout Tensor?) {
        if let own = takeOwned(&sum) {
            own.addInPlace(gradient)
            sum = own
        } else {
            sum = sum.map { .sum($0, gradient) } ?? gradient
        }
    }

    /// Adds `other` to this tensor's own memory, which must have a single owner.
    private func addInPlace(_ other: Tensor) {
        require(shape == other.shape, "addInPlace: shapes \(shape) and \(other.shape)")
        overElements(count) { kernels.accumulate($1, other.pointer + $0, pointer + $0) }
    }

    /// `a + b` as a constant, equal shapes.
    static func sum(_ a: Tensor, _ b: Tensor) -> Tensor {
        require(a.shape == b.shape, "+: shapes \(a.shape) and \(b.shape)")
        return Tensor(shape: a.shape) { out in
            guard let to = out.baseAddress else { return }
            overElements(out.count) { kernels.add($1, a.pointer + $0, b.pointer + $0, to + $0) }
        }
    }
}

/// Computes `body(x)` and recomputes its inner results in backward instead of keeping them.
///
/// This is activation checkpointing (Chen and others, 2016): it saves memory and costs one more forward pass.
///
/// All recorded values that `body` reads get their gradients, `x` and weights alike. If `x` is a constant,
/// the tape is unknown and `body` is recorded as usual.
///
/// - Parameters:
///   - x: The input of the block.
///   - condition: If false, the block is recorded as usual.
///   - body: Must give the same values both times.
/// - Returns: `body(x)`.
public func checkpointed(
    _ x: Tensor, if condition: Bool = true, _ body: @escaping (Tensor) -> Tensor
) -> Tensor {
    guard condition, let tape = x.record?.tape else { return body(x) }
    return tape.checkpointed { body(x) }
}

extension Tensor {
    /// Records this value as the result of an operation on `inputs`; returns it unchanged if none is
    /// recorded.
    func recorded(from inputs: [Tensor?], _ pullback: @escaping Pullback) -> Tensor {
        recorded(from: inputs, .each(pullback))
    }

    /// The same for an operation that adds to the gradients of its inputs, where these are too large for a second one.
    func recorded(summing inputs: [Tensor?], _ pullback: @escaping SummingPullback) -> Tensor {
        recorded(from: inputs, .summing(pullback))
    }

    private func recorded(from inputs: [Tensor?], _ pullback: Tape.AnyPullback) -> Tensor {
        for case let record? in inputs.lazy.map({ $0?.record }) {
            var result = self
            result.record = record.tape.append(inputs, pullback)
            return result
        }
        return self
    }

    /// This tensor out of `sum` if no other tensor shares its memory, to add to it in place; else nil, and `sum` stays.
    static func takeOwned(_ sum: inout Tensor?) -> Tensor? {
        guard var known = sum.take() else { return nil }
        guard isKnownUniquelyReferenced(&known.storage) else {
            sum = known
            return nil
        }
        return known
    }
}
