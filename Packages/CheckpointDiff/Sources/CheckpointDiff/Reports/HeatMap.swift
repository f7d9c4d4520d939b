// Where a model changed, by layer and module: the map of the HTML report and of the SVG image.
import Foundation
internal import ModelFamilies

/// Cells by layer and module, colored by how much their weights changed.
struct HeatMap {
    /// The tensors of one module in one layer.
    struct Cell {
        let label: String
        let sum: CheckpointComparison.Rollup

        /// The relative change, which the color shows.
        var value: Double { sum.statistics.relative }
        /// 0 for no change, then two for each power of ten, from below 1e-5 up to above 0.1: a place in
        /// `legend`.
        var level: Int {
            guard sum.statistics.changedCount > 0 else { return 0 }
            guard value >= 1e-5 else { return 1 }
            return min(HeatMap.levelCount - 1, Int((2 * min(log10(value), 0) + 10).rounded(.down)) + 2)
        }
        /// The text in the cell.
        var text: String {
            sum.statistics.changedCount == 0 ? "" : value == 0 ? "0" : HeatMap.brief(value)
        }
        /// The cell in words.
        var title: String {
            let it = sum.statistics
            guard it.changedCount > 0 else { return "\(label): unchanged" }
            return "\(label): relative change \(number(it.relative)), max|d| \(number(it.maximum)), "
                + "\(percent(it.changedFraction)) of \(it.elementCount) elements"
        }
    }

    /// The layers of one part of the model.
    struct Grid {
        let part: ModelPart
        let modules: [String]
        let layers: [Int]
        /// A row for each layer, a cell or nothing for each module.
        let cells: [[Cell?]]
    }

    static let legend = [
        "same", "< 1e-5", "1e-5", "3e-5", "1e-4", "3e-4", "0.001", "0.003", "0.01", "0.03", "0.1",
    ]
    static var levelCount: Int { legend.count }

    let grids: [Grid]
    /// Modules outside the layers.
    let rest: [Cell]

    init(_ comparison: CheckpointComparison) {
        var sums: [ModulePath: CheckpointComparison.Rollup] = [:]
        var order: [ModulePath] = []
        for tensor in comparison.tensors {
            let place = tensor.place
            if sums[place] == nil { order.append(place) }
            sums[place, default: CheckpointComparison.Rollup(part: place.part, layer: place.layer)].add(
                tensor)
        }
        func cell(_ place: ModulePath) -> Cell? {
            sums[place].map { Cell(label: place.title, sum: $0) }
        }
        rest = order.filter { $0.layer == nil }.compactMap(cell)
        grids = ModelPart.allCases.compactMap { part in
            let places = order.filter { $0.part == part && $0.layer != nil }
            guard !places.isEmpty else { return nil }
            var modules: [String] = []
            for place in places where !modules.contains(place.module) { modules.append(place.module) }
            let layers = Set(places.compactMap(\.layer)).sorted()
            return Grid(
                part: part, modules: modules, layers: layers,
                cells: layers.map { layer in
                    modules.map { cell(ModulePath(part: part, layer: layer, module: $0)) }
                })
        }
    }

    /// Two digits in few characters: `3.1e-4`, `0.02`.
    static func brief(_ value: Double) -> String {
        guard value.isFinite else { return "inf" }
        guard value < 0.001 else { return String(format: "%.2g", value) }
        let exponent = Int(log10(value).rounded(.down))
        return String(format: "%.1fe%d", value / pow(10, Double(exponent)), exponent)
    }
}
