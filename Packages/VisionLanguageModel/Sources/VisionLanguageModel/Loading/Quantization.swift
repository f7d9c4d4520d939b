// Which weights of a model are held in few bits.
public import Basics
internal import TensorMath

/// How a loaded model holds the matrices of its decoder.
public enum Quantization: Sendable, Equatable {
    /// As tensors, whatever is stored: training needs this.
    case none
    /// In few bits where the checkpoint stores them so.
    case stored
    /// Rounded to these codes while the model is loaded, embedding and head to int8.
    case codes(WeightCodes)

    var codes: WeightCodes? {
        guard case .codes(let codes) = self else { return nil }
        return codes
    }

    var name: String? { codes?.rawValue }
}

extension LoadedModel {
    /// What the model holds in few bits, such as `196 matrices in int4 and 1 in int8 take 984 MB`; nil for nothing.
    public var quantizationText: String? {
        let matrices = model.parameters.all.compactMap { parameter -> QuantizedMatrix? in
            guard case .quantized(let matrix) = parameter.weight else { return nil }
            return matrix
        }
        guard !matrices.isEmpty else { return nil }
        let counts = WeightCodes.allCases.reversed().compactMap { codes in
            let count = matrices.count { $0.codes == codes }
            return count == 0 ? nil : "\(count) in \(codes)"
        }
        return "matrices in few bits: \(counts.joined(separator: ", ")); together "
            + byteText(matrices.reduce(0) { $0 + $1.byteCount })
    }
}
