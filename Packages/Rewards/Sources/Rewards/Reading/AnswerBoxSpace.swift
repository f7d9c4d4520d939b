// The coordinates of the boxes of a model. The family of the model declares them; they are never guessed from the
// numbers.
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
