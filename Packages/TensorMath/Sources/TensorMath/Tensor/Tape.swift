// Reverse-mode differentiation: a flat list of entries, walked backwards once.
//
// Recording follows the operands: an operation that gets a recorded tensor records itself on the same
// tape, one that gets only constants does not. There is no global mode. Entries refer to each other by
// number, not by ownership, so that a long chain cannot overflow the stack when it is released.
internal import Basics
internal import CKernels

/// Where a tensor stands on a tape.
struct TapeRecord {
    let tape: Tape
    let index: Int
}

/// Gets the gradient of the output and which inputs want one; returns a gradient (or nil) per input.
typealias Pullback = (_ d: Tensor, _ needed: [Bool]) -> [Tensor?]

/// The record of one forward pass.
///
/// Used from one thread, and only once backwards.
public final class Tape {
    private struct Entry {
        let inputs: [Int?]
        var pullback: Pullback?
    }

    private var entries: [Entry] = []
    /// While walking backwards: what has been summed up for each entry so far.
    private var gradients: [Tensor?] = []
    /// Whether results are left unrecorded, because they will be computed again.
    private var isPaused = false

    /// An empty tape.
    public init() {}

    /// Number of recorded operations and leaves.
    public var count: Int { entries.count }

    /// The same value, recorded: gradients with respect to it can be asked for.
    public func leaf(_ value: Tensor) -> Tensor {
        entries.append(Entry(inputs: [], pullback: nil))
        var leaf = value.detached
        leaf.record = TapeRecord(tape: self, index: entries.count - 1)
        return leaf
    }

    fileprivate func append(_ inputs: [Tensor?], _ pullback: @escaping Pullback) -> TapeRecord? {
        guard !isPaused else { return nil }
        let indices = inputs.map { input in
            input?.record.map { record in
                require(record.tape === self, "one operation mixes tensors of two tapes")
                return record.index
            }
        }
        entries.append(Entry(inputs: indices, pullback: pullback))
        return TapeRecord(tape: self, index: entries.count - 1)
    }

    /// The gradients of a scalar with respect to leaves, in the order asked.
    ///
    /// Every entry's closure and gradient are released as soon as they have been used, so memory falls
    /// while the walk goes on. The tape is spent afterwards.
    ///
    /// - Parameters:
    ///   - loss: A recorded tensor of one element.
    ///   - leaves: Tensors made by `leaf`.
    /// - Returns: For each leaf a gradient of its shape; nil where the loss does not depend on it.
    public func gradients(of loss: Tensor, for leaves: [Tensor]) -> [Tensor?] {
        require(loss.count == 1, "gradients: the loss has shape \(loss.shape), not one element")
        guard let root = loss.record else { return leaves.map { _ in nil } }
        require(root.tape === self, "gradients: the loss was recorded on another tape")
        gradients = [Tensor?](repeating: nil, count: entries.count)
        defer { (entries, gradients) = ([], []) }
        gradients[root.index] = Tensor(repeating: 1, shape: loss.shape)
        walk(from: root.index, through: 0)
        return leaves.map { $0.record.flatMap { gradients[$0.index] } }
    }

    private func walk(from top: Int, through bottom: Int) {
        for index in stride(from: top, through: bottom, by: -1) {
            guard let pullback = entries[index].pullback else { continue }
            entries[index].pullback = nil
            guard let d = gradients[index].take() else { continue }
            let inputs = entries[index].inputs
            for (input, gradient) in zip(inputs, pullback(d, inputs.map { $0 != nil })) {
                guard let input, let gradient else { continue }
                Tensor.add(gradient, to: &gradients[input])
            }
        }
    }

    /// Runs `body` without recording, and once more, recorded, when its gradient is asked for.
    fileprivate func checkpointed(_ body: @escaping () -> Tensor) -> Tensor {
        guard !isPaused else { return body() }
        isPaused = true
        var result = body().detached
        isPaused = false
        // What `body` reads was recorded before this entry, so its gradients may go straight to their sums.
        result.record = append([]) { [unowned self] d, _ in
            replay(body, d)
            return []
        }
        return result
    }

    /// Records `body` behind the end of the tape, walks back over just that, and forgets it again.
    private func replay(_ body: () -> Tensor, _ d: Tensor) {
        let end = entries.count
        guard let record = body().record else { return }
        gradients += [Tensor?](repeating: nil, count: entries.count - gradients.count)
        Tensor.add(d, to: &gradients[record.index])
        walk(from: entries.count - 1, through: end)
        entries.removeSubrange(end...)
        gradients.removeSubrange(end...)
    }
}

extension Tensor {
    /// Adds a gradient to a sum: in place when nobody else looks into the sum's memory, else into fresh memory.
    static func add(_ gradient: Tensor, to sum: inout Tensor?) {
        guard var known = sum.take() else {
            sum = gradient
            return
        }
        if isKnownUniquelyReferenced(&known.storage) {
            known.addInPlace(gradient)
            sum = known
        } else {
            sum = .sum(known, gradient)
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

/// `body(x)`, whose inner results are not kept for backward but computed again (activation checkpointing, Chen
/// et al., 2016): memory for one more forward pass of time.
///
/// Whatever recorded values `body` reads, `x` and weights alike, get their gradients. A constant `x` is not
/// enough to find the tape: then `body` is recorded as usual.
///
/// - Parameters:
///   - x: What the block works on.
///   - condition: false records the block as usual.
///   - body: Must give the same values both times.
/// - Returns: `body(x)`.
public func checkpointed(
    _ x: Tensor, if condition: Bool = true, _ body: @escaping (Tensor) -> Tensor
) -> Tensor {
    guard condition, let tape = x.record?.tape else { return body(x) }
    return tape.checkpointed { body(x) }
}

extension Tensor {
    /// This value as the recorded result of an operation on `inputs`; itself when none is recorded.
    func recorded(from inputs: [Tensor?], _ pullback: @escaping Pullback) -> Tensor {
        guard let tape = inputs.lazy.compactMap({ $0?.record?.tape }).first else { return self }
        var result = self
        result.record = tape.append(inputs, pullback)
        return result
    }
}
