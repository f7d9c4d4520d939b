// Byte counts and numbers as readable text.

/// A readable number of bytes, such as `1.5 GiB`; exact below one KiB.
public func byteText(_ count: Int) -> String {
    scaled(count, step: 1024, fraction: 10, [" bytes", " KiB", " MiB", " GiB", " TiB"])
}

/// A readable count, such as `7.62 B`; exact below a thousand.
public func countText(_ count: Int) -> String {
    scaled(count, step: 1000, fraction: 100, ["", " K", " M", " B", " T"])
}

private func scaled(_ count: Int, step: Double, fraction: Double, _ units: [String]) -> String {
    var value = Double(count)
    var unit = 0
    while value >= step, unit < units.count - 1 {
        value /= step
        unit += 1
    }
    return (unit == 0 ? "\(count)" : "\((value * fraction).rounded() / fraction)") + units[unit]
}
