// Decimal numbers of a range, digit by digit: a state knows the place and whether the digits so far equal those of
// the lowest and of the highest number.

/// Whole or fixed-point numbers from `low` to `high`, both in units of the last decimal.
struct DecimalRange: Equatable {
    let low, high: Int
    /// Digits after the point, at most this many; 0 for whole numbers.
    let decimals: Int

    /// The machine of the numbers: no exponent, no leading zeros, no minus before zero.
    ///
    /// Throws when there are none.
    func machine() throws(MachineError) -> ByteMachine {
        guard low <= high else { throw .nothing }
        var graph = ByteGraph()
        if high >= 0 { try add(max(0, low), high, from: 0, to: &graph) }
        if low < 0 {
            let minus = try graph.path(from: 0, [UInt8(ascii: "-")])
            try add(max(1, -high), -low, from: minus, to: &graph)
        }
        return try ByteMachine(graph)
    }

    /// Adds the numbers from `low` to `high`, neither negative, by the number of digits before the point.
    private func add(
        _ low: Int, _ high: Int, from start: Int, to graph: inout ByteGraph
    ) throws(MachineError) {
        var (first, last) = (0, Self.power(decimals + 1) - 1)
        for whole in 1...19 {
            let (from, to) = (max(low, first), min(high, last))
            if from <= to {
                let count = whole + decimals
                try add(Self.digits(from, count), Self.digits(to, count), from: start, to: &graph)
            }
            guard last < high, whole + decimals < 18 else { return }
            first = last + 1
            last = Self.power(decimals + whole + 1) - 1
        }
    }

    private struct Place: Hashable {
        let index: Int
        let isLow, isHigh: Bool
    }

    private func add(
        _ low: [UInt8], _ high: [UInt8], from start: Int, to graph: inout ByteGraph
    ) throws(MachineError) {
        let whole = low.count - decimals
        var states: [Place: Int] = [Place(index: 0, isLow: true, isHigh: true): start]
        var waiting = Array(states.keys)
        while let place = waiting.popLast() {
            guard var state = states[place] else { continue }
            if place.index >= whole, !place.isLow || low[place.index...].allSatisfy({ $0 == 0 }) {
                graph.accept(state)
            }
            guard place.index < low.count else { continue }
            if place.index == whole { state = try graph.path(from: state, [UInt8(ascii: ".")]) }
            let least = place.isLow ? low[place.index] : 0
            let most = place.isHigh ? high[place.index] : 9
            for digit in least...most {
                let next = Place(
                    index: place.index + 1, isLow: place.isLow && digit == least,
                    isHigh: place.isHigh && digit == most)
                if states[next] == nil {
                    states[next] = try graph.state()
                    waiting.append(next)
                }
                graph.join(state, states[next] ?? 0, (0x30 + digit)...(0x30 + digit))
            }
        }
    }

    private static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    private static func digits(_ value: Int, _ count: Int) -> [UInt8] {
        var (digits, rest) = ([UInt8](repeating: 0, count: count), value)
        for index in digits.indices.reversed() {
            digits[index] = UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }
}
