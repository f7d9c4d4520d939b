// The coordinates of the boxes of a model, and the boxes in its text. The family of the model declares the
// coordinates; they are never guessed from the numbers.
public import TrainingData

/// The coordinates of the boxes of a model: a plane of this size over the image.
public struct AnswerBoxSpace: Sendable, Equatable {
    /// Right edge of the image in the coordinates of the model.
    var width: Double
    /// Bottom edge of the image in the coordinates of the model.
    var height: Double

    /// A plane of this size; for Qwen2.5-VL the resized image.
    public init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    /// Thousandths of width and height, 0 to 1000 (InternVL).
    static let relative1000 = AnswerBoxSpace(width: 1000, height: 1000)

    /// Converts a box of the model to pixels of the original image.
    public func original(_ box: Box, imageSize: (width: Double, height: Double)) -> Box {
        box.scaled(x: imageSize.width / width, y: imageSize.height / height)
    }

    /// Converts a box in pixels of the original image to the coordinates of the model.
    func model(_ box: Box, imageSize: (width: Double, height: Double)) -> Box {
        box.scaled(x: width / imageSize.width, y: height / imageSize.height)
    }

    /// Writes boxes in pixels of the original image as the model does, in whole numbers: `[x1, y1, x2, y2]`
    /// for one, a list of such lists for several.
    public func text(for boxes: [Box], imageSize: (width: Double, height: Double)) -> String {
        let texts = boxes.map { box in
            let box = model(box, imageSize: imageSize)
            return "["
                + [box.x1, box.y1, box.x2, box.y2].map { "\(Int($0.rounded()))" }.joined(separator: ", ")
                + "]"
        }
        return texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
    }
}

/// All boxes of a text, in its order and coordinates.
///
/// A box is four numbers in square brackets: `{"bbox_2d": [1, 2, 3, 4]}` (fenced or not), `[1, 2, 3, 4]`,
/// `<box>[[1, 2, 3, 4]]</box>`. Edges may be inverted; all are finite. The time is linear in the text.
public func readBoxes(in text: String) -> [Box] {
    let bytes = Array(text.utf8)
    var boxes: [Box] = []
    var position = 0
    while position < bytes.count {
        guard bytes[position] == UInt8(ascii: "[") else {
            position += 1
            continue
        }
        position += 1
        var edges: [Double] = []
        while edges.count < 4, let edge = readEdge(bytes, &position) {
            edges.append(edge)
            skipSpace(bytes, &position)
            guard edges.count < 4, position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
            position += 1
        }
        if edges.count == 4, position < bytes.count, bytes[position] == UInt8(ascii: "]") {
            boxes.append(Box(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3]))
        }
    }
    return boxes
}

private func skipSpace(_ bytes: [UInt8], _ position: inout Int) {
    while position < bytes.count, bytes[position].isSpace { position += 1 }
}

/// Reads a decimal number of at most 32 characters; consumes the characters even if they are not a number.
private func readEdge(_ bytes: [UInt8], _ position: inout Int) -> Double? {
    skipSpace(bytes, &position)
    let start = position
    while position < bytes.count, bytes[position].isDigit || "+-.eE".utf8.contains(bytes[position]) {
        position += 1
    }
    guard position > start, position - start <= 32, let value = Double(bytes.text(start..<position)),
        value.isFinite
    else { return nil }
    return value
}
