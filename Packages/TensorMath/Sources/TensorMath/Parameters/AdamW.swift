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
    private var first, second: [Tensor?]

    /// Makes an optimizer for all weights of a store; moments start at zero.
    public init(_ store: ParameterStore, options: AdamWOptions = .init()) {
        self.options = options
        parameters = store.all
        first = Array(repeating: nil, count: parameters.count)
        second = Array(repeating: nil, count: parameters.count)
    }

    /// Updates every weight that has a gradient.
    ///
    /// - Parameters:
    ///   - gradients: In the order of the store.
    ///   - learningRate: For this step.
    ///   - scale: Multiplied into every gradient (the clipping factor).
    public func step(_ gradients: Gradients, learningRate: Double, scale: Double = 1) {
        require(gradients.tensors.count == parameters.count, "AdamW: gradients of another model")
        stepCount += 1
        let correction1 = 1 - pow(options.beta1, Double(stepCount))
        let correction2 = 1 - pow(options.beta2, Double(stepCount))
        for (index, parameter) in parameters.enumerated() {
            guard let gradient = gradients.tensors[index] else { continue }
            let shape = parameter.value.shape
            let m = first[index] ?? Tensor(repeating: 0, shape: shape)
            let v = second[index] ?? Tensor(repeating: 0, shape: shape)
            (first[index], second[index]) = (m, v)
            let decay = options.decayMatricesOnly && shape.count < 2 ? 0 : options.weightDecay
            parameter.update { value, rounded in
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

    /// The moments of every updated weight, for saving.
    public var moments: [(name: String, first: Tensor, second: Tensor)] {
        parameters.indices.compactMap { index in
            guard let m = first[index], let v = second[index] else { return nil }
            return (parameters[index].name, m, v)
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
                    tensor.shape == parameter.value.shape,
                    "\(parameter.name): moments of shape \(tensor.shape)")
            }
            (first[index], second[index]) = (saved?.first.detached, saved?.second.detached)
        }
    }
}
