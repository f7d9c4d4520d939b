// AdamW (Loshchilov and Hutter, 2019), with the arithmetic and order of torch.optim.AdamW.
internal import Basics
internal import CKernels
internal import Foundation

/// Settings of the optimizer, with the names and defaults of torch.
public struct AdamWOptions: Codable, Sendable, Equatable {
    /// Decay of the first moment, in [0, 1).
    public var beta1 = 0.9
    /// Decay of the second moment, in [0, 1).
    public var beta2 = 0.999
    /// Added to the root of the second moment.
    var epsilon = 1e-8
    /// Decoupled weight decay, per step and learning rate.
    var weightDecay = 0.0
    /// Whether biases and norm weights (one dimension) are exempt from decay, as in the Hugging Face trainer.
    var decayMatricesOnly = true

    /// The defaults.
    public init() {}
}

/// The optimizer with its moments, one pair per weight.
public final class AdamW {
    /// Settings.
    let options: AdamWOptions
    /// Updates made so far.
    public private(set) var stepCount = 0
    private let parameters: [Parameter]
    /// Those of the store; this process has the moments of its pieces, flat.
    private let pieces: WeightPieces?
    private var first, second: [Tensor?]

    /// Makes an optimizer for all weights of a store; moments start at zero.
    public init(_ store: ParameterStore, options: AdamWOptions = .init()) {
        self.options = options
        (parameters, pieces) = (store.all, store.pieces)
        first = Array(repeating: nil, count: parameters.count)
        second = Array(repeating: nil, count: parameters.count)
    }

    /// Updates every weight that has a gradient; of weights that are split over processes, this process's pieces.
    ///
    /// - Parameters:
    ///   - gradients: In the order of the store; summed over the processes where they split the weights.
    ///   - learningRate: For this step.
    ///   - scale: Multiplied into every gradient (the clipping factor).
    public func step(_ gradients: Gradients, learningRate: Double, scale: Double = 1) {
        require(gradients.tensors.count == parameters.count, "AdamW: gradients of another model")
        stepCount += 1
        let correction1 = 1 - pow(options.beta1, Double(stepCount))
        let correction2 = 1 - pow(options.beta2, Double(stepCount))
        for (index, parameter) in parameters.enumerated() {
            guard let gradient = gradients.tensors[index] else { continue }
            let own = pieces?.own(index)
            let shape = own.map { [$0.count] } ?? parameter.shape
            let m = first[index] ?? Tensor(repeating: 0, shape: shape)
            let v = second[index] ?? Tensor(repeating: 0, shape: shape)
            (first[index], second[index]) = (m, v)
            let decay = options.decayMatricesOnly && parameter.shape.count < 2 ? 0 : options.weightDecay
            parameter.update(own) { value, rounded in
                overElements(gradient.count) { at, count in
                    kernels.adamw(
                        count, Float(scale), Float(learningRate), Float(decay), Float(options.beta1),
                        Float(options.beta2), Float(options.epsilon), Float(correction1),
                        Float(correction2.squareRoot()), gradient.pointer + at, value + at, m.pointer + at,
                        v.pointer + at, rounded.map { $0 + at })
                }
            }
        }
    }

    /// The bytes of the moments that this process holds.
    public var momentBytes: Int {
        (first + second).reduce(0) { $0 + ($1.map { MemoryStatistics.blockBytes(4 * $0.count) } ?? 0) }
    }

    /// The moments of every updated weight, for saving.
    public var moments: [SavedMoments] {
        parameters.indices.compactMap { index in
            guard let m = first[index], let v = second[index] else { return nil }
            return SavedMoments(
                name: parameters[index].name, shape: parameters[index].shape, first: m, second: v,
                group: pieces?.group)
        }
    }

    /// Restores a saved state.
    ///
    /// - Parameters:
    ///   - stepCount: Number of updates at the time of saving.
    ///   - moments: Returns the saved moments of a weight, nil if it had none.
    public func restore(
        stepCount: Int, moments: (Parameter) throws -> (first: Tensor, second: Tensor)?
    ) rethrows {
        self.stepCount = stepCount
        for (index, parameter) in parameters.enumerated() {
            let saved = try moments(parameter)
            for tensor in [saved?.first, saved?.second].compactMap({ $0 }) {
                require(
                    tensor.shape == parameter.shape,
                    "\(parameter.name): moments of shape \(tensor.shape)")
            }
            func own(_ tensor: Tensor) -> Tensor {
                pieces.map { tensor.piece($0.own(index)) } ?? tensor.detached
            }
            (first[index], second[index]) = (saved.map { own($0.first) }, saved.map { own($0.second) })
        }
    }
}

/// The moments of a weight.
public struct SavedMoments {
    /// The weight.
    public let name: String
    /// Its sizes.
    public let shape: [Int]
    /// This process's pieces of the moments, or all of them.
    fileprivate let first, second: Tensor
    fileprivate let group: (any ProcessGroup)?

    /// The first moment as a whole: in process 0; zeros in the others, which must ask at the same time.
    ///
    /// - Throws: What the exchange throws.
    public func wholeFirst() throws -> Tensor {
        try group.map { try first.gathered(shape: shape, $0) } ?? first
    }

    /// The second moment, likewise.
    ///
    /// - Throws: What the exchange throws.
    public func wholeSecond() throws -> Tensor {
        try group.map { try second.gathered(shape: shape, $0) } ?? second
    }
}
