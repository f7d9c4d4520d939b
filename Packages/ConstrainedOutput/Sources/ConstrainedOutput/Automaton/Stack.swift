// The open values, the innermost on top; stacks share their lower parts.

/// A frame and the frames below it.
final class Level: Sendable {
    let frame: Frame
    let below: Level?

    init(_ frame: Frame, _ below: Level?) { (self.frame, self.below) = (frame, below) }
}

/// The open values of one way to read a text.
struct Stack: Sendable, Hashable {
    /// The innermost open value; nil after the whole value.
    var top: Level?

    init(_ top: Level? = nil) { self.top = top }

    func pushing(_ frame: Frame) -> Stack { Stack(Level(frame, top)) }

    /// The stack with another frame on top.
    func replacing(_ frame: Frame) -> Stack { Stack(Level(frame, top?.below)) }

    /// The stack without its top frame.
    var popped: Stack { Stack(top?.below) }

    func hash(into hasher: inout Hasher) {
        var level = top
        while let one = level {
            hasher.combine(one.frame)
            level = one.below
        }
    }

    static func == (a: Stack, b: Stack) -> Bool {
        var (left, right) = (a.top, b.top)
        while let one = left, let other = right {
            if one === other { return true }
            if one.frame != other.frame { return false }
            (left, right) = (one.below, other.below)
        }
        return left == nil && right == nil
    }
}
