// Boxes: always xyxy, in one of three declared units, and their conversion to pixels.

/// An axis-parallel box by two corners; no "+1" convention: width is `x2 - x1`.
public struct Box: Codable, Sendable, Equatable {
    /// Left edge.
    public var x1: Double
    /// Top edge.
    public var y1: Double
    /// Right edge.
    public var x2: Double
    /// Bottom edge.
    public var y2: Double

    /// A box from its left, top, right and bottom edges.
    public init(x1: Double, y1: Double, x2: Double, y2: Double) {
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
    }

    /// Whether all four edges are finite and the box has an area.
    public var isWellFormed: Bool {
        x1.isFinite && y1.isFinite && x2.isFinite && y2.isFinite && x2 > x1 && y2 > y1
    }

    /// The box with its horizontal edges times `x` and its vertical edges times `y`.
    public func scaled(x: Double, y: Double) -> Box { Box(x1: x1 * x, y1: y1 * y, x2: x2 * x, y2: y2 * y) }
}

/// A box or a point in a picture.
enum Place: Sendable, Equatable {
    /// A box.
    case box(Box)
    /// A point.
    case point(x: Double, y: Double)

    /// The box, when it is one.
    var box: Box? { if case .box(let box) = self { box } else { nil } }
}

/// The unit a row's boxes are written in (the key `bbox_type`, as in ms-swift).
enum BoxType: String, Codable, Sendable, CaseIterable {
    /// Pixels of the original image; the default.
    case real
    /// Shares of the width and height, 0 to 1.
    case norm1
    /// Thousandths of the width and height, 0 to 1000.
    case norm1000

    /// The largest coordinate of the unit, or nil for pixels.
    var limit: Double? {
        switch self {
        case .real: nil
        case .norm1: 1
        case .norm1000: 1000
        }
    }
}

extension Sample {
    /// The boxes in pixels of the original image, which is `width` by `height`; nil when the row has none.
    public func boxesInPixels(width: Double, height: Double) -> [Box]? {
        guard let limit = boxType.limit else { return boxes }
        return boxes?.map { $0.scaled(x: width / limit, y: height / limit) }
    }
}
