// Units of the numbers of a page.

/// The unit of a value.
public enum ValueUnit: Sendable {
    /// Any number.
    case plain
    /// A share from 0 to 1.
    case share
    /// Seconds.
    case seconds
    /// Bytes.
    case bytes
}
