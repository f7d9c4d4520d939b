// What a step leaves behind when its values are not finite, so that a user can find the cause.
internal import Collectives
internal import Rollouts
public import StrictJSON
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// What led to values that are not finite in an update.
public struct NonFiniteDump: Sendable {
    /// The step, counted from 1.
    public let step: Int
    /// The first value that is not finite, in the order of the computation.
    public let first: String
    /// Numbers of the step, and the state that repeats it.
    public var facts: JSONObject
    /// The rows of the update: prompts and golds, in its order.
    public var rows: [JSONObject] = []
    /// The answers with the numbers of each token, those with values that are not finite first.
    public var answers: [JSONObject] = []
    /// The weights with their norms and those of their gradients, those that are not finite first.
    public var weights: [JSONObject] = []
}

/// Keeps dumps.
public protocol NonFiniteRecorder: AnyObject {
    /// Where the dumps that the run has are, as half a sentence; nil when it has none.
    var kept: String? { get }

    /// Whether a dump of the step, counted from 1, would be kept.
    func wants(step: Int) -> Bool

    /// Keeps a dump.
    ///
    /// - Returns: Where it is, or why it is nowhere, as the end of a sentence.
    func write(_ dump: NonFiniteDump) -> String
}

extension JSONValue {
    /// The number, or the text `nan`, `inf` or `-inf`: JSON has no such numbers.
    static func measured(_ value: Double) -> JSONValue {
        value.isFinite ? .number(value) : .string(value.isNaN ? "nan" : value > 0 ? "inf" : "-inf")
    }

    /// A list of measured numbers.
    static func measured(_ values: [Double]) -> JSONValue { .array(values.map(measured)) }

    /// Token ids.
    static func tokens(_ ids: [Int32]) -> JSONValue { .array(ids.map { .integer(Int($0)) }) }

    /// The value with each number as `measured`.
    fileprivate var measured: JSONValue {
        guard case .number(let value) = self else { return self }
        return .measured(value)
    }
}

extension JSONObject {
    /// The members with numbers as `JSONValue.measured`.
    var measured: JSONObject {
        var object = JSONObject()
        for (key, value) in self { object[key] = value.measured }
        return object
    }
}

/// The log-probabilities of an answer's tokens, by who computed them.
struct TokenTrace {
    /// In the order of the computation; those that an update does not need are left out.
    private let parts: [(name: String, values: [Double])]

    /// The tokens of a supervised answer.
    init(_ values: ArraySlice<Float>) { parts = [("new", values.map(Double.init))] }

    /// The tokens of a sampled answer.
    ///
    /// - Parameters:
    ///   - terms: What each brings to the loss.
    ///   - values: Log-probabilities in the update.
    init(_ terms: ArraySlice<TokenTerm>, _ values: ArraySlice<Float>) {
        let known: [(String, [Double])] = [
            ("sampled", terms.map(\.sampled)), ("reference", terms.compactMap(\.reference)),
            ("old", terms.compactMap(\.old)), ("new", values.map(Double.init)),
        ]
        parts = known.filter { !$0.1.isEmpty }
    }

    /// The first of them that is not finite, as `new log-probability of token 3`; nil when all are.
    var problem: String? {
        for (name, values) in parts {
            if let index = values.firstIndex(where: { !$0.isFinite }) {
                return "\(name) log-probability of token \(index + 1)"
            }
        }
        return nil
    }

    var json: JSONValue {
        var object = JSONObject()
        for (name, values) in parts { object[name] = .measured(values) }
        return .object(object)
    }
}

/// The weights of a dump: lines, and what is not finite among them.
struct WeightTrace {
    /// One line per weight, those that are not finite first, then by falling norm of the gradient.
    var lines: [JSONObject] = []
    /// The first weight that is not finite.
    var badWeight: String?
    /// The last weight whose gradient is not finite: the nearest to the loss, so the first in backward.
    var badGradient: String?

    /// Measures all weights and their gradients.
    ///
    /// - Parameters:
    ///   - store: The weights; of those that processes split, what this process holds.
    ///   - gradients: Their gradients; nil when there was no backward pass.
    init(_ store: ParameterStore, _ gradients: Gradients?) {
        var found: [(isBad: Bool, norm: Double, line: JSONObject)] = []
        for (index, parameter) in store.all.enumerated() where !parameter.isQuantized {
            let (value, gradient) = (parameter.heldValue, gradients?.tensors[index])
            let (norm, slope) = (value.norm, gradient?.norm)
            var line: JSONObject = [
                "name": .string(parameter.name), "shape": .array(parameter.shape.map(JSONValue.integer)),
                "trained": .bool(parameter.isTrainable), "norm": .measured(norm),
                "gradient_norm": slope.map(JSONValue.measured) ?? .null,
            ]
            if !norm.isFinite {
                line["not_finite"] = .integer(value.nonFiniteCount)
                badWeight = badWeight ?? parameter.name
            }
            if let gradient, slope?.isFinite == false {
                line["gradient_not_finite"] = .integer(gradient.nonFiniteCount)
                badGradient = parameter.name
            }
            let isBad = !norm.isFinite || slope?.isFinite == false
            found.append((isBad, isBad ? .infinity : slope ?? -1, line))
        }
        // A stable order: equal norms stay in the order of the model.
        lines = found.enumerated().sorted { a, b in
            a.element.norm != b.element.norm ? a.element.norm > b.element.norm : a.offset < b.offset
        }.map(\.element.line)
    }
}

extension TrainingSetup {
    /// Makes an update; when something is not finite, keeps a dump of what led to it.
    ///
    /// - Parameters:
    ///   - gradients: The sums over all processes, or this process's pieces of them.
    ///   - loss: The loss over the rows of all processes.
    ///   - step: The step, from 0.
    ///   - rows: Names the rows to blame.
    ///   - dump: Makes the dump.
    /// - Returns: The metrics of the update, and a line for the console when it was skipped.
    /// - Throws: `NonFiniteTraining`.
    func update(
        _ gradients: Gradients, loss: Double, step: Int, rows: String,
        dump: (_ gradients: Gradients, _ problem: String, _ badWeight: String?) -> NonFiniteDump
    ) throws -> (metrics: [String: Double], notice: String?) {
        do {
            let metrics = try optimizerStep.update(gradients, loss: loss, step: step, rows: rows)
            guard let notice = optimizerStep.notice(rows: rows) else { return (metrics, nil) }
            let trace = kept(step: step) { dump(gradients, "the loss or the gradient is not finite", nil) }
            return (metrics, notice + (trace.map { "; " + $0 } ?? ""))
        } catch var error as NonFiniteTraining {
            var weight: String?
            if case .weight(let name) = error.value { weight = name }
            error.trace =
                kept(step: step) { [error, weight] in dump(gradients, error.problem, weight) }
                ?? recorder?.kept
            throw error
        }
    }

    /// Keeps a dump if the recorder wants one.
    ///
    /// - Returns: The first value that is not finite, and where the dump is; nil without one.
    func kept(step: Int, _ dump: () -> NonFiniteDump) -> String? {
        guard let recorder, recorder.wants(step: step + 1) else { return nil }
        let made = dump()
        return "the first value that is not finite: \(made.first); " + recorder.write(made)
    }

    /// The numbers of a dump that both methods have.
    func facts(
        step: Int, problem: String, first: String, loss: Double? = nil, gradients: Gradients? = nil
    ) -> JSONObject {
        [
            "step": .integer(step + 1), "problem": .string(problem), "first_not_finite": .string(first),
            "loss": loss.map(JSONValue.measured) ?? .null,
            "grad_norm": gradients.map { .measured($0.norm()) } ?? .null,
            "learning_rate": .measured(optimizerStep.rate(at: step)),
            "optimizer_updates": .integer(optimizerStep.optimizer.stepCount),
            "skipped_in_a_row": .integer(optimizerStep.skippedInARow), "seed": .string("\(seed)"),
            "processes": .integer(world.size), "process": .integer(world.rank),
        ]
    }

    /// The line of a row in a dump.
    func line(_ question: Question, position: Int?) -> JSONObject {
        let sample = question.sample
        return [
            "id": .string(sample.id), "label": .string(sample.label), "question": .string(sample.question),
            "gold": .array(sample.solutions.map(JSONValue.string)),
            "images": .array(
                sample.imagePaths.map { .string($0.hasPrefix("data:") ? "data:" : $0) }),
            "position": position.map(JSONValue.integer) ?? .null,
            "prompt_tokens": .tokens(question.prompt.ids),
        ]
    }
}
