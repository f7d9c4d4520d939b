// The units of a step: shares of its questions whose gradients are added in one order for any number of processes.
internal import Collectives

/// The units of a step and those that this process computes.
///
/// A unit is a share of the step's questions, next to one another. What a unit computes does not depend on the process
/// that computes it; units are added as a binary tree (`TreeSum`), first inside a process, then between processes.
struct StepUnits {
    /// The number of units, a power of two.
    let count: Int
    /// Those of this process, next to one another; equally many in every process.
    let own: Range<Int>

    /// The units of the process in a world.
    ///
    /// - Parameters:
    ///   - count: The number of units.
    ///   - world: The processes.
    ///   - setting: The setting that has the number, for an error.
    /// - Throws: `TooFewUnits` when a process would have none.
    init(_ count: Int, _ world: any World, setting: String = "grpo.units") throws {
        guard world.size <= count else {
            throw TooFewUnits(setting: setting, units: count, processes: world.size)
        }
        (self.count, own) = (count, world.share(of: count))
    }

    /// The share of some items of a unit.
    func share(of items: Int, unit: Int) -> Range<Int> { items * unit / count..<items * (unit + 1) / count }

    /// The order in which a step computes the items of its own units, and the place of each: all of the first update,
    /// unit by unit, then those of the second.
    ///
    /// - Parameters:
    ///   - items: The items of each of the own units.
    ///   - updates: The number of updates; each has an equal share of every unit's items, in turn.
    /// - Returns: The items with their places.
    func placed<Item>(_ items: [[Item]], updates: Int) -> [(item: Item, place: UnitPlace)] {
        var placed: [(item: Item, place: UnitPlace)] = []
        for update in 0..<updates {
            for (unit, items) in zip(own, items) {
                let share = items.count * update / updates..<items.count * (update + 1) / updates
                placed += items[share].map { ($0, UnitPlace(update: update, unit: unit)) }
            }
        }
        return placed
    }
}

/// Where a group of answers is used.
struct UnitPlace: Equatable {
    /// The update of the step.
    let update: Int
    /// The unit, counted over all processes.
    let unit: Int
}

/// More processes than units of a step.
struct TooFewUnits: Error, CustomStringConvertible, Equatable {
    let setting: String
    let units: Int
    let processes: Int

    /// One sentence for the user.
    var description: String {
        "\(setting) is \(units), and \(processes) processes need at least one unit each: raise it to \(processes), or "
            + "start at most \(units)"
    }
}
