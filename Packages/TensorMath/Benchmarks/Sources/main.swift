// Kernels against what the machine can do, measured in the same run: a table, then one JSON line per row.
//
// Arguments choose groups by name; without any, all are measured.
import TensorMath

let groups: [(name: String, rows: () -> [Row])] = [
    ("products", productRows), ("few-rows", fewRowRows), ("attention", attentionRows),
    ("kernels", kernelRows),
    ("vocabulary", vocabularyRows), ("tape", tapeRows), ("training", trainingRows),
]
let chosen = Set(CommandLine.arguments.dropFirst())
let unknown = chosen.subtracting(groups.map(\.name))
guard unknown.isEmpty else {
    fatalError("no group \(unknown.sorted()); there are \(groups.map(\.name))")
}

print("\(blasDescription()); \(Threads.count) threads; kernels \(KernelLevel.best)")
if let warning = blasWarning() { print("warning: \(warning)") }
var rows: [Row] = []
for group in groups where chosen.isEmpty || chosen.contains(group.name) {
    for row in group.rows() {
        print(row.line)
        rows.append(row)
    }
}
for row in rows { print(row.json(core: "\(KernelLevel.best)")) }
