// The published programs' rules for choosing the frames of a video.

/// A rule for choosing frames.
public enum FrameSampling: Sendable, Equatable {
    /// All frames.
    case all
    /// Transformers' rule for Qwen (`sample_frames`): an even number at a given rate, from the first frame.
    case transformers(framesPerSecond: Double = 2, fewest: Int = 4, most: Int = 768)
    /// The rule of `qwen_vl_utils` (`smart_nframes`): the same number, spread from first to last frame.
    case qwenUtils(framesPerSecond: Double = 2, fewest: Int = 4, most: Int = 768)
    /// OpenGVLab's rule for InternVL: the middle frame of each of this many equal parts.
    case segments(Int)

    /// Chooses frames.
    ///
    /// - Parameters:
    ///   - total: Frames of the video.
    ///   - rate: Its frames per second.
    ///   - name: The video's name in error messages.
    /// - Returns: Indices in ascending order; short videos may repeat one.
    /// - Throws: `ImageError.malformed` if the video is too short for the rule or its rate is unknown.
    func indices(total: Int, rate: Double, name: String) throws -> [Int] {
        func short(_ reason: String) -> ImageError {
            .malformed(name: name, format: "video", reason: reason)
        }
        guard total > 0 else { throw short("it has no frames") }
        switch self {
        case .all: return Array(0..<total)
        case .transformers(let wanted, let fewest, let most):
            let count = try evenCount(
                total, rate, wanted, Double(fewest), Double(min(most, total) / 2 * 2), short)
            // `arange` computes in float64 and stores float32, which is then truncated.
            let step = Double(total) / Double(count)
            return (0..<count).map { min(Int(Float(step * Double($0))), total - 1) }
        case .qwenUtils(let wanted, let fewest, let most):
            let count = try evenCount(
                total, rate, wanted, Double((fewest + 1) / 2 * 2), Double(min(most, total) / 2 * 2), short)
            return Self.spread(count, over: total)
        case .segments(let count):
            guard count > 0 else { throw short("0 frames are asked for") }
            let part = Double(total - 1) / Double(count)
            return (0..<count).map { Int(part / 2 + (part * Double($0)).rounded(.toNearestOrEven)) }
        }
    }

    private func evenCount(
        _ total: Int, _ rate: Double, _ wanted: Double, _ fewest: Double, _ most: Double,
        _ short: (String) -> ImageError
    ) throws -> Int {
        guard rate > 0, rate.isFinite, wanted > 0, wanted.isFinite else {
            throw short("its frames per second are \(rate), and \(wanted) are asked for")
        }
        let count = Double(total) / rate * wanted
        let even = Int(min(max(count, fewest), most, Double(total)) / 2) * 2
        guard even >= 2 else { throw short("it has \(total) frame(s); at least 2 are needed") }
        return even
    }

    /// `torch.linspace(0, total - 1, count).round()` in float32.
    private static func spread(_ count: Int, over total: Int) -> [Int] {
        let end = Float(total - 1), step = end / Float(count - 1)
        return (0..<count).map { index in
            let place = index < count / 2 ? step * Float(index) : end - step * Float(count - 1 - index)
            return Int(place.rounded(.toNearestOrEven))
        }
    }
}
