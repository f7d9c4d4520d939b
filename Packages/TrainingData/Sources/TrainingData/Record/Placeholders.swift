// Boxes inside turns: ms-swift writes <bbox> and <ref-object>, which take the next entry of "objects". A box's text
// depends on the model, so the record keeps the placeholders until a prompt is made.
internal import Tokenizer

/// The placeholders of `objects` in turns.
enum Placeholder {
    /// The next entry of `objects.bbox`.
    static let box = "<bbox>"
    /// The same for searches.
    static let boxBytes: StaticString = "<bbox>"
    /// The next entry of `objects.ref`.
    static let reference = "<ref-object>"
}

/// How a model writes boxes, points and names of objects in running text.
public struct PlaceWriting: Sendable {
    /// The text of a box in pixels of the picture at an index.
    let box: @Sendable (Box, Int) -> String
    /// The text of a point in pixels of the picture at an index.
    let point: @Sendable (Double, Double, Int) -> String
    /// The text of the name of an object.
    let reference: @Sendable (String) -> String
    /// The size of the picture at an index, in pixels.
    let size: @Sendable (Int) -> (width: Double, height: Double)

    /// A way of writing.
    public init(
        box: @escaping @Sendable (Box, Int) -> String,
        point: @escaping @Sendable (Double, Double, Int) -> String,
        reference: @escaping @Sendable (String) -> String,
        size: @escaping @Sendable (Int) -> (width: Double, height: Double)
    ) {
        (self.box, self.point, self.reference, self.size) = (box, point, reference, size)
    }
}

extension Sample {
    /// Whether a turn has a placeholder that `objects` fills.
    public var hasPlaceholders: Bool {
        (!places.isEmpty || references?.isEmpty == false)
            && messages.contains {
                $0.text.contains(Placeholder.box) || $0.text.contains(Placeholder.reference)
            }
    }

    /// The row with its placeholders filled, in the order of the turns; placeholders beyond the entries stay text.
    public func filled(_ writing: PlaceWriting) -> Sample {
        guard hasPlaceholders else { return self }
        var sample = self
        var (nextPlace, nextReference) = (0, 0)
        for index in messages.indices {
            var (text, rest) = ("", messages[index].text[...])
            while let mark = rest.firstRange(of: /<bbox>|<ref-object>/) {
                text += rest[..<mark.lowerBound]
                let placeholder = String(rest[mark])
                rest = rest[mark.upperBound...]
                if placeholder == Placeholder.box, places.indices.contains(nextPlace) {
                    text += self.text(ofPlace: nextPlace, writing)
                    nextPlace += 1
                } else if placeholder == Placeholder.reference, let references,
                    references.indices.contains(nextReference)
                {
                    text += writing.reference(references[nextReference])
                    nextReference += 1
                } else {
                    text += placeholder
                }
            }
            sample.messages[index].text = text + rest
        }
        return sample
    }

    private func text(ofPlace index: Int, _ writing: PlaceWriting) -> String {
        let image = placeImages.indices.contains(index) ? placeImages[index] : 0
        let size = writing.size(image)
        let (x, y) = boxType.limit.map { (size.width / $0, size.height / $0) } ?? (1, 1)
        return switch places[index] {
        case .box(let box): writing.box(box.scaled(x: x, y: y), image)
        case .point(let left, let top): writing.point(left * x, top * y, image)
        }
    }
}
