// One question of a benchmark, the same whatever file it was read from. Layouts make it, PromptStyle asks it.
public import ImageInput
public import TrainingData

/// The right answer of a row.
public enum BenchmarkGold: Sendable, Equatable {
    /// The set does not publish it.
    case hidden
    /// A letter, a number, an expression or a short text.
    case text(String)
    /// Several texts, each of which is right.
    case texts([String])
    /// A box in pixels of the original picture.
    case box(Box)
}

/// A row's place on one axis of the tables of results.
public struct RowCategory: Sendable, Equatable {
    /// The name of the axis, such as `subject`.
    public let axis: String
    /// The categories of the row: one, or several where a row counts in each (MathVista's skills).
    public let names: [String]

    /// A place on an axis.
    public init(axis: String, names: [String]) { (self.axis, self.names) = (axis, names) }
}

/// A question of a benchmark.
public struct BenchmarkRow: Sendable, Equatable {
    /// Unique in its set: the row's own index or id, otherwise its number in the set from 0.
    public var id: String
    /// The benchmark.
    public var benchmark: Benchmark
    /// The name of the set, such as `MMBench_DEV_EN_V11`.
    public var set: String
    /// The question without hint and options; pictures are `<image 1>`, `<image1>` as published.
    public var question: String
    /// What helps to answer (MMBench).
    public var hint: String?
    /// The whole question as the set publishes it where that is more than the question: MathVista's and MMStar's with
    /// the choices.
    public var query: String?
    /// The unit of a number (MathVista).
    public var unit: String?
    /// The options, A first; nil for a letter without text.
    ///
    /// Empty for an open question.
    public var options: [String?]
    /// The right answer as the benchmark's own script compares it: MathVista's option text, otherwise a letter.
    public var gold: BenchmarkGold
    /// The place of the right option, 0 for A; nil for an open question or a hidden gold.
    public var goldIndex: Int?
    /// MathVista: `text`, `integer`, `float` or `list`.
    public var answerType: String?
    /// MathVista: decimals of the gold.
    public var precision: Int?
    /// The pictures, in order.
    public var pictures: [BenchmarkPicture]
    /// What the box shows (RefCOCO), one phrase unless the reader was told to keep an object's phrases together.
    public var phrases: [String]
    /// Width and height of the picture in pixels (RefCOCO).
    public var pictureSize: PictureSize?
    /// The rotations of one question have one group (MMBench); the id in other sets.
    public var group: String
    /// 0 for the question as written, otherwise by how many places its options are rotated (MMBench).
    public var rotation: Int
    /// The row's categories, in the order of the axes.
    public var categories: [RowCategory]
    /// A custom row as it was read, with its turns and task; nil in the benchmarks.
    public var sample: Sample?
    /// Where the row was read, for messages.
    public var place: RowPlace

    /// A row with what every row has.
    public init(
        id: String, benchmark: Benchmark, set: String = "", question: String, options: [String?] = [],
        gold: BenchmarkGold = .hidden, place: RowPlace = RowPlace(file: "", line: 0)
    ) {
        (self.id, self.benchmark, self.set, self.question) = (id, benchmark, set, question)
        (self.options, self.gold, self.place) = (options, gold, place)
        (pictures, phrases, categories, group, rotation) = ([], [], [], id, 0)
    }

    /// Whether there are no options to choose from.
    public var isOpen: Bool { options.isEmpty }

    /// The letter of the right option; nil for an open question or a hidden gold.
    public var goldLetter: String? { goldIndex.map(letter) }

    /// The text of the right option; nil for an open question, a hidden gold or an option without text.
    public var goldOption: String? { goldIndex.flatMap { options.indices.contains($0) ? options[$0] : nil } }

    /// The letters of the options that have a text, with the texts.
    public var lettered: [(letter: String, text: String)] {
        options.enumerated().compactMap { index, text in text.map { (letter(index), $0) } }
    }

    /// `file:line`, as messages name the row.
    public var location: String { place.file.isEmpty ? "row \(id)" : "\(place.file):\(place.line)" }

    /// The categories on an axis; empty where the row has none.
    public func names(on axis: String) -> [String] { categories.first { $0.axis == axis }?.names ?? [] }

    /// The bytes of the image file of a picture.
    ///
    /// - Parameters:
    ///   - index: The picture, from 0.
    ///   - limits: Limits on the file's size.
    /// - Returns: The bytes as they are in the file.
    /// - Throws: ``SampleError`` that names the row, for a file that cannot be read and for text that is not base64.
    public func pictureBytes(_ index: Int, limits: ImageLimits = .init()) throws(SampleError) -> [UInt8] {
        do { return try pictures[index].bytes(limits: limits) } catch {
            throw .missingImage(
                location: location, path: pictures[index].reference, reason: "\(error)")
        }
    }

    /// A picture as RGB: an alpha channel is dropped and a palette resolved, as Pillow's `convert("RGB")` does.
    ///
    /// - Parameters:
    ///   - index: The picture, from 0.
    ///   - limits: Limits on the picture's size.
    /// - Returns: The picture, upright by its EXIF data.
    /// - Throws: ``SampleError`` that names the row.
    public func picture(_ index: Int, limits: ImageLimits = .init()) throws(SampleError) -> RGBImage {
        let bytes = try pictureBytes(index, limits: limits)
        do { return try decodeImage(bytes, name: "picture \(index + 1)", limits: limits) } catch {
            throw .missingImage(location: location, path: pictures[index].reference, reason: "\(error)")
        }
    }
}

/// The size of a picture in pixels.
public struct PictureSize: Sendable, Equatable {
    /// Pixels from left to right.
    public let width: Double
    /// Pixels from top to bottom.
    public let height: Double

    /// A size.
    public init(width: Double, height: Double) { (self.width, self.height) = (width, height) }
}

/// The letter of the option at a place, A for 0.
func letter(_ index: Int) -> String { String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(min(index, 25)))) }
