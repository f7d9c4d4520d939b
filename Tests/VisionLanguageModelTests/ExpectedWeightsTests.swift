// The list of weights that a family's configuration gives, beside what the model itself asks for.
import Basics
import ModelFamilies
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

/// Gives zeros for every weight and remembers what was asked for.
private final class RecordingSource: ParameterSource {
    private(set) var asked: [ExpectedTensor] = []

    func tensor(named name: String, shape: [Int]) -> Tensor {
        asked.append(ExpectedTensor(name, shape))
        return Tensor(repeating: 0, shape: shape)
    }
}

@Suite("Expected weights")
struct ExpectedWeightsTests {
    @Test(
        "The configuration lists exactly the weights that the model asks for",
        arguments: NamedModel.all.indices)
    func weights(_ index: Int) throws {
        let configuration = try ModelConfiguration(
            config: Array(NamedModel.all[index].config.utf8), file: "config.json")
        let source = RecordingSource()
        let model = try LanguageModel(configuration, source: source, hasHead: true)
        let expected = configuration.weights.map { ($0.name, $0.shape) }.sorted { $0.0 < $1.0 }
        let stored = model.parameters.all.map { ($0.name, $0.value.shape) }.sorted { $0.0 < $1.0 }
        #expect(expected.map(\.0) == stored.map(\.0))
        #expect(expected.map(\.1) == stored.map(\.1))
        #expect(source.asked.count == configuration.weights.count)
    }

    @Test("Every style stores each canonical row once", arguments: NamedModel.all.indices)
    func styles(_ index: Int) throws {
        let table = try NamedModel.all[index].table
        for style in table.styles {
            var rows = [Int](repeating: 0, count: table.expected.count)
            for run in table.layout(style).flatMap(\.runs) { rows[run.tensor] += run.rows.count }
            #expect(rows == table.expected.map { $0.shape[0] }, "\(style)")
        }
    }
}
