// Numbers and times as short texts.
internal import Foundation

/// A number with about three digits, such as `0.527`, `31.25`, `412.0`, `3.1e-05`.
func numberText(_ value: Double) -> String {
    let size = abs(value)
    let format =
        switch size {
        case 0: "%.3f"
        case ..<0.001, 1e6...: "%.1e"
        case ..<10: "%.3f"
        case ..<100: "%.2f"
        case ..<1000: "%.1f"
        default: "%.0f"
        }
    return String(format: format, value)
}

/// A difference with its sign.
func changeText(_ change: Double) -> String { (change >= 0 ? "+" : "") + numberText(change) }

/// Seconds as `3:25` or, from an hour, `2:05:10`.
func timeText(_ seconds: Double) -> String {
    // A century; an estimate may be wild.
    let whole = Int(min(max(seconds.isNaN ? 0 : seconds, 0), 3.2e9))
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
        ? String(format: "%ld:%02ld:%02ld", hours, minutes, whole % 60)
        : String(format: "%ld:%02ld", minutes, whole % 60)
}

/// Seconds with two digits after the point, from 100 without.
func secondsText(_ seconds: Double) -> String { String(format: seconds < 100 ? "%.2f s" : "%.0f s", seconds) }

/// A share in percent.
func percentText(_ share: Double) -> String { String(format: "%.0f%%", 100 * share) }
