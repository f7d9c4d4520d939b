// The import of one source of a recipe.
import DataEngine
import Foundation
import Outputs
import ToolKit
import TrainingData

/// Imports a source of any layout; rows that are skipped go to a file of rejects beside the output.
///
/// - Throws: As `r1-data import`.
func importSource(_ source: RecipeSource, to output: OutputClaim) throws {
    var options = RowOptions()
    options.needs = .nothing
    options.task = source.task.isEmpty ? nil : Sample.Task(rawValue: source.task)
    options.map = try RowMap(source.map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    let outputFolder = folder(ofFile: output.path)
    var importer = RowImport(
        files: try RowFiles.find([source.path]), options: options,
        pictures: RowPictures(outputFolder: outputFolder, folder: "\(outputFolder)/images", decodes: false),
        source: nil, naming: .init(prefix: "", isNumbered: false),
        collectsRejects: source.onBadRow == .skip, explains: false)
    var rejected = Data()
    try output.stream { append in
        try importer.run(write: append) { rejected += try JSONEncoder.forLines().line($0) }
    }
    let result = importer.report
    guard result.written > 0 else {
        throw DataError.noRows(count: result.rejected, first: result.firstReason)
    }
    guard result.rejected > 0 else { return }
    let rejects = "\(outputFolder)/source-\(source.name).rejects.jsonl"
    try OutputClaim(rejects, as: .file, existing: .replaced, inputs: [source.path]).write(rejected)
    report("\(source.name): \(result.rejected) rows cannot be used; \(rejects) says why")
}
