// Numbers as texts.
internal import Basics
public import Foundation

/// A number with a fixed count of digits after the point.
public func decimal(_ value: Double, _ digits: Int = 3) -> String {
    let text = String(format: "%.\(digits)f", value)
    // A small negative number has no sign.
    return text.hasPrefix("-") && text.allSatisfy { "-0.".contains($0) } ? String(text.dropFirst()) : text
}

/// A number with its sign.
public func signed(_ value: Double, _ digits: Int = 3) -> String {
    let text = decimal(value, digits)
    return text.hasPrefix("-") || text.allSatisfy { "0.".contains($0) } ? text : "+" + text
}

/// A number with four digits that count.
public func brief(_ value: Double) -> String { String(format: "%.4g", value) }

/// A value in a unit, such as `1.5 GiB`.
public func valueText(_ value: Double, _ unit: ValueUnit) -> String {
    switch unit {
    case .plain: brief(value)
    case .share: decimal(100 * value, 1) + "%"
    case .seconds: brief(value) + " s"
    // A double above this is no number of bytes.
    case .bytes: value >= 0 && value < 0x1p62 ? byteText(Int(value)) : brief(value)
    }
}

/// The time in UTC, to the minute.
public func timeText(_ date: Date) -> String {
    let seconds = Int(date.timeIntervalSince1970.rounded(.down))
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents(
        [.year, .month, .day, .hour, .minute], from: Date(timeIntervalSince1970: Double(seconds)))
    return String(
        format: "%04d-%02d-%02d %02d:%02d UTC", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0,
        parts.hour ?? 0,
        parts.minute ?? 0)
}
