// Compares kernels with limits of the machine measured in the same run: prints a table, then one JSON line
// per row.
//
// Arguments select groups by name; without arguments all groups run.
import Basics
import Foundation
import TensorMath

let groups: [(name: String, rows: () throws -> [Row])] = [
    ("products", productRows), ("few-rows", fewRowRows), ("attention", attentionRows),
    ("kernels", kernelRows),
    ("vocabulary", vocabularyRows), ("tape", tapeRows), ("training", trainingRows),
]
let chosen = Set(CommandLine.arguments.dropFirst())
let unknown = chosen.subtracting(groups.map(\.name))
guard unknown.isEmpty else {
    let names = groups.map(\.name).joined(separator: ", ")
    FileHandle.standardError.write(
        Data("benchmarks: no group \(unknown.sorted().joined(separator: ", ")); there are \(names)\n".utf8))
    exit(64)
}

print("\(blasDescription()); \(Threads.count) threads; kernels \(KernelLevel.best)")
if let warning = blasWarning() { print("warning: \(warning)") }
var rows: [Row] = []
for group in groups where chosen.isEmpty || chosen.contains(group.name) {
    for row in try group.rows() {
        print(row.line)
        rows.append(row)
    }
}
for row in rows { print(row.json(core: "\(KernelLevel.best)")) }
