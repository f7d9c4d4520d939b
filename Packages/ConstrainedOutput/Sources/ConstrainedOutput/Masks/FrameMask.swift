// The tokens that may follow one frame, and those masks that all grammars of a vocabulary share.
internal import Synchronization

/// The tokens after one frame.
struct FrameMask: Sendable {
    /// Allowed whatever is below the frame.
    let allowed: IDSet
    /// Allowed or not, depending on what is below.
    let dependent: [Int32]
}

/// The masks inside strings.
final class StringMasks: Sendable {
    private let known = Mutex<[Frame: FrameMask]>([:])

    /// The mask of a frame, computed if it is not known; at most so many are kept.
    func mask(_ frame: Frame, most: Int, _ compute: () -> FrameMask) -> FrameMask {
        if let mask = known.withLock({ $0[frame] }) { return mask }
        let mask = compute()
        known.withLock { known in
            if known.count >= most { known.removeAll() }
            known[frame] = mask
        }
        return mask
    }
}
