// Strings, numbers and constants of a schema.
internal import StrictJSON

extension SchemaCompiler {
    mutating func string(_ node: SchemaNode) throws(SchemaError) -> Int {
        let (least, most) = try node.counts("minLength", "maxLength")
        guard let place = node["pattern"] else {
            return try add(.string(least: least, most: most), node.path)
        }
        guard let pattern = place.value.text else { throw place.bad("a text") }
        return try add(place.path) { () throws(MachineError) in
            try TextGraph(PatternReader.read(pattern)).machine(least: least, most: most)
        }
    }

    mutating func number(_ type: SchemaType, _ node: SchemaNode) throws(SchemaError) -> Int {
        // Fifteen digits are exact as a double. Whole numbers with bounds of their own may have eighteen.
        let wholes = 1_000_000_000_000_000 - 1
        var bounds: [String: ExactDecimal] = [:]
        for key in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
            guard let place = node[key] else { continue }
            guard case .number(let text) = place.value, let bound = ExactDecimal(text) else {
                throw place.bad("a number")
            }
            bounds[key] = bound
        }
        var decimals = 0
        if type == .number {
            let digits = bounds.values.map { $0.digits.count + $0.exponent }.max() ?? 0
            decimals = max(0, min(6, 15 - max(digits, 9)))
        }
        let most = type == .number ? wholes : 1_000_000_000_000_000_000 - 1
        let unit = (0..<decimals).reduce(1) { power, _ in power * 10 }
        let usual = type == .number ? 999_999_999 * unit + (unit - 1) : wholes
        var (low, high): (Int?, Int?)
        if let bound = bounds["minimum"]?.floor(decimals: decimals) {
            low = bound.isExact ? bound.units : bound.units + 1
        }
        if let bound = bounds["exclusiveMinimum"]?.floor(decimals: decimals) {
            low = max(low ?? .min, bound.units + 1)
        }
        if let bound = bounds["maximum"]?.floor(decimals: decimals) { high = bound.units }
        if let bound = bounds["exclusiveMaximum"]?.floor(decimals: decimals) {
            high = min(high ?? .max, bound.isExact ? bound.units - 1 : bound.units)
        }
        // One bound beyond the usual range leaves more digits for the other.
        let range = DecimalRange(
            low: max(-most, low ?? ((high ?? 0) < -usual ? -most : -usual)),
            high: min(most, high ?? ((low ?? 0) > usual ? most : usual)), decimals: decimals)
        return try add(node.path) { () throws(MachineError) in try range.machine() }
    }

    mutating func constants(_ node: SchemaNode) throws(SchemaError) -> Int {
        try node.allow(["const", "enum", "type"])
        var values: [OrderedJSON] = []
        if let place = node["enum"] { values = try place.items("a list of values").map(\.value) }
        if let value = node["const"]?.value {
            guard values.isEmpty || values.contains(value) else { throw node.error("const is not in enum") }
            values = [value]
        }
        let types = try node.types()
        if !types.isEmpty { values = values.filter { value in types.contains { $0.holds(value) } } }
        guard !values.isEmpty else { throw node.error("no constant is of its type") }
        for value in values { try requireReadable(value, node) }
        return try words(values.map(\.compact), node.path)
    }

    /// Throws for a constant that readers of JSON refuse: a number beyond doubles, names that compose to the same.
    private func requireReadable(_ value: OrderedJSON, _ node: SchemaNode) throws(SchemaError) {
        do { _ = try JSONValue(parsing: value.compact) } catch {
            throw node.error("the constant \(value.compact.prefix(60)) cannot be read: \(error.reason)")
        }
    }
}
