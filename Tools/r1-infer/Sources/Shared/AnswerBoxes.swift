// Boxes on an image: from pixels of the original to the coordinates of the model's family, and back.
import Foundation
import ImageInput
import Outputs
import Rewards
import TrainingData
import VisionLanguageModel

extension VisionInput {
    private var space: AnswerBoxSpace {
        AnswerBoxSpace(width: answerBoxSize.width, height: answerBoxSize.height)
    }

    private var originalPixels: (width: Double, height: Double) {
        (Double(originalSize.width), Double(originalSize.height))
    }

    /// The boxes in an answer, in pixels of the original.
    func boxes(in text: String) -> [Box] {
        readBoxes(in: text).map { space.original($0, imageSize: originalPixels) }
    }

    /// Boxes in pixels of the original, as the model writes them.
    func text(for boxes: [Box]) -> String { space.text(for: boxes, imageSize: originalPixels) }
}

extension Box {
    /// The edges to a tenth, in square brackets.
    var text: String {
        let edges = [x1, y1, x2, y2].map { edge in
            let rounded = (edge * 10).rounded() / 10
            return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
        }
        return "[\(edges.joined(separator: ", "))]"
    }

    /// A box from four numbers, separated by spaces or commas.
    ///
    /// - Throws: `InferError.badCommand` for anything else, and for edges beyond a million.
    init(edges text: String) throws {
        let edges = text.split(whereSeparator: { $0 == "," || $0 == " " }).map { Double($0) ?? .nan }
        guard edges.count == 4, edges.allSatisfy({ abs($0) <= 1e6 }) else {
            throw InferError.badCommand(
                "expected the four edges of a box in pixels (left, top, right, bottom), found \"\(text)\"")
        }
        self.init(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3])
    }
}

/// A PNG file of the image shown last with the boxes of the last answer that has boxes.
struct Drawing {
    /// Where it is written.
    let output: OutputClaim

    /// The path of the file.
    var path: String { output.path }

    /// Draws boxes, given in pixels, on an image file; replaces the last drawing.
    ///
    /// - Throws: `ImageError` for the image, `OutputError` when the file cannot be written or is the image.
    func write(_ boxes: [Box], on image: String) throws {
        try output.requireNoInput([image])
        let bytes = try loadImageBytes(image, relativeTo: FileManager.default.currentDirectoryPath)
        let drawn = try decodeImage(bytes, name: image).drawing(
            boxes.map { DrawnBox(left: $0.x1, top: $0.y1, right: $0.x2, bottom: $0.y2) })
        try output.write(Data(drawn.png()))
    }
}
