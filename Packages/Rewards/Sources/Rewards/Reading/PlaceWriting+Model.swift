// How a family of models writes the boxes and names of objects that rows leave as placeholders.
public import TrainingData

extension PlaceWriting {
    /// The form of the model that sees the pictures; nil when there is none, because a place needs its size.
    ///
    /// Where the model's boxes are thousandths (InternVL): `<box>[[x1, y1, x2, y2]]</box>` and `<ref>name</ref>`.
    /// Where they are pixels of the resized picture (Qwen2.5-VL): `[x1, y1, x2, y2]` and the bare name. These are
    /// the forms of ms-swift's templates.
    ///
    /// - Parameter pictures: The size of each picture in pixels, and the model's coordinates over it.
    public init?(
        pictures: [(size: (width: Double, height: Double), space: AnswerBoxSpace)]
    ) {
        guard let first = pictures.first else { return nil }
        let hasTags = first.space == .relative1000
        let sizes = pictures.map(\.size)
        let spaces = pictures.map(\.space)
        @Sendable func index(_ image: Int) -> Int { spaces.indices.contains(image) ? image : 0 }
        @Sendable func tagged(_ numbers: String) -> String { hasTags ? "<box>[\(numbers)]</box>" : numbers }
        self.init(
            box: { box, image in
                tagged(spaces[index(image)].text(for: [box], imageSize: sizes[index(image)]))
            },
            point: { x, y, image in
                let corner = spaces[index(image)].model(
                    Box(x1: x, y1: y, x2: x, y2: y), imageSize: sizes[index(image)])
                return tagged("[\(Int(corner.x1.rounded())), \(Int(corner.y1.rounded()))]")
            },
            reference: { hasTags ? "<ref>\($0)</ref>" : $0 },
            size: { sizes[index($0)] })
    }
}
