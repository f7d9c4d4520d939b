// Elementwise operations: sums, products, activations. Each pullback is beside its forward.
internal import Basics
internal import CKernels

extension Tensor {
    /// Element by element: `a + b`, equal shapes.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        Tensor.sum(a, b).recorded(from: [a, b]) { d, _ in [d, d] }
    }

    /// Element by element: `a * b`, equal shapes.
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        require(a.shape == b.shape, "*: shapes \(a.shape) and \(b.shape)")
        let product = Tensor(shape: a.shape) { out in
            guard let to = out.baseAddress else { return }
            overElements(out.count) { kernels.multiply($1, a.pointer + $0, b.pointer + $0, to + $0) }
        }
        let (left, right) = (a.detached, b.detached)
        return product.recorded(from: [a, b]) { d, needed in
            [needed[0] ? d * right : nil, needed[1] ? d * left : nil]
        }
    }

    /// Every element times `factor`.
    public func scaled(by factor: Float) -> Tensor {
        let product = Tensor(shape: shape) { out in
            guard let to = out.baseAddress else { return }
            overElements(out.count) { kernels.scale($1, factor, pointer + $0, to + $0) }
        }
        return product.recorded(from: [self]) { d, _ in [d.scaled(by: factor)] }
    }

    /// The sum of all elements times per-element weights, as a scalar; accumulated in float64.
    ///
    /// - Parameter weights: As many constants as there are elements.
    /// - Returns: A recorded scalar.
    public func weightedSum(_ weights: [Float]) -> Tensor {
        require(weights.count == count, "weightedSum: \(weights.count) weights for \(count) elements")
        let sum = withElements { zip($0, weights).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
        return scalarFunction(value: Float(sum), slopes: weights)
    }

    /// Records a scalar function of all elements whose value and partial derivatives are already known.
    ///
    /// - Parameters:
    ///   - value: The function's value.
    ///   - slopes: The derivative with respect to each element.
    /// - Returns: A recorded scalar.
    public func scalarFunction(value: Float, slopes: [Float]) -> Tensor {
        require(slopes.count == count, "scalarFunction: \(slopes.count) slopes for \(count) elements")
        let shape = shape
        return Tensor([value], shape: []).recorded(from: [self]) { d, _ in
            [Tensor(slopes, shape: shape).scaled(by: d.scalar)]
        }
    }

    /// Column `j` of every row times `factors[j]`: [N, C] and [C] to [N, C].
    public func scalingColumns(by factors: Tensor) -> Tensor {
        let (n, c) = (rowCount, columnCount)
        require(factors.count == c, "scalingColumns: \(factors.shape) for \(shape)")
        let result = Tensor(shape: shape) { out in
            guard let to = out.baseAddress else { return }
            inParallel(n, grain: rowGrain(c)) { rows in
                for row in rows { kernels.multiply(c, pointer + row * c, factors.pointer, to + row * c) }
            }
        }
        let (value, factorValue) = (detached, factors.detached)
        return result.recorded(from: [self, factors]) { d, needed in
            [
                needed[0] ? d.scalingColumns(by: factorValue) : nil,
                needed[1] ? sumOfRows(d * value).reshaped(factorValue.shape) : nil,
            ]
        }
    }
}

/// The gated activation of the language model's MLP: `silu(gate) * up`, with `silu(x) = x sigmoid(x)`.
public func swiGLU(_ gate: Tensor, _ up: Tensor) -> Tensor {
    require(gate.shape == up.shape, "swiGLU: shapes \(gate.shape) and \(up.shape)")
    let result = Tensor(shape: gate.shape) { out in
        guard let to = out.baseAddress else { return }
        overElements(out.count) { kernels.swiglu($1, gate.pointer + $0, up.pointer + $0, to + $0) }
    }
    let (gateValue, upValue) = (gate.detached, up.detached)
    return result.recorded(from: [gate, up]) { d, _ in
        let dGate = Tensor(shape: d.shape, storage: Storage(count: d.count))
        let dUp = Tensor(shape: d.shape, storage: Storage(count: d.count))
        overElements(d.count) {
            kernels.swiglu_back(
                $1, gateValue.pointer + $0, upValue.pointer + $0, d.pointer + $0, dGate.pointer + $0,
                dUp.pointer + $0)
        }
        return [dGate, dUp]
    }
}

/// The exact GELU, `x Phi(x)` by the error function, not the tanh approximation.
public func gelu(_ x: Tensor) -> Tensor {
    let result = Tensor(shape: x.shape) { out in
        guard let to = out.baseAddress else { return }
        overElements(out.count) { kernels.gelu($1, x.pointer + $0, to + $0) }
    }
    let value = x.detached
    return result.recorded(from: [x]) { d, _ in
        [
            Tensor(shape: d.shape) { out in
                guard let to = out.baseAddress else { return }
                overElements(out.count) {
                    kernels.gelu_back($1, value.pointer + $0, d.pointer + $0, to + $0)
                }
            }
        ]
    }
}
