// The neutral record: one question about zero or more images, with its gold. docs/data.md describes the file
// form; SampleReader.swift reads it, Sample+Chat.swift turns it into chat messages.
public import StrictJSON
public import Tokenizer

/// One row of training or evaluation data.
public struct Sample: Sendable, Equatable {
    /// What kind of question a row asks; it chooses the reward.
    ///
    /// Custom names are welcome.
    public struct Task: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
        /// The name as written in the row.
        public let rawValue: String

        /// The task called `rawValue`.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A question with the answer yes or no.
        public static let yorn = Task(rawValue: "yorn")
        /// A choice among lettered options.
        public static let mcq = Task(rawValue: "mcq")
        /// A mathematical expression: a number, fraction, root, tuple, interval or equation.
        public static let math = Task(rawValue: "math")
        /// A number or short text read from a chart, table or document.
        public static let chart = Task(rawValue: "chart")
        /// One or more boxes in the image.
        public static let grounding = Task(rawValue: "grounding")
        /// Free text, compared with a reference.
        public static let open = Task(rawValue: "open")

        /// The name.
        public var description: String { rawValue }
    }

    /// One turn as the row has it, `<image>` and `<video>` markers included.
    public struct Message: Sendable, Equatable {
        /// Who speaks.
        public var role: ChatMessage.Role
        /// The text; each `<image>` is the place of the row's next image.
        var text: String

        /// A turn of `role` that says `text`.
        init(role: ChatMessage.Role, text: String) {
            self.role = role
            self.text = text
        }
    }

    /// Unique in its file; `NAME.jsonl:LINE` when the row gives none.
    public var id: String
    /// What kind of question this is.
    public var task: Task
    /// Where the row comes from; empty when the row does not say.
    public var source: String
    /// The terms the row may be used under.
    var license: String?
    /// The conversation: a system turn or none, then user and assistant turns.
    public var messages: [Message]
    /// Image paths relative to `imageFolder`, absolute paths or `data:` URIs, in the order of the markers.
    var images: [String]
    /// Video paths, likewise.
    var videos: [String]
    /// Frame rates of the videos that give one (`{"path": ..., "fps": ...}`), by index into `videos`.
    public var videoRates: [Int: Double]
    /// The folder of the row's file.
    var imageFolder: String
    /// The golds; any of them is correct.
    ///
    /// Empty only when the reader was told that none is needed.
    public var solutions: [String]
    /// The texts of a multiple choice, A first.
    public var options: [String]?
    /// The gold boxes in the unit `boxType`; the answer must give all of them.
    public var boxes: [Box]?
    /// The unit of `boxes` and `places`.
    var boxType: BoxType
    /// Boxes and points of `objects.bbox` in their order: what the placeholders `<bbox>` of the turns name.
    var places: [Place]
    /// The picture of each place, by index into `images`; the first picture when there is none.
    var placeImages: [Int]
    /// Whether the task follows from the gold because the row names none.
    public var isTaskGuessed: Bool
    /// What the boxes show (`objects.ref`).
    var references: [String]?
    /// The text between the `<think>` tags of a supervised answer; rewards never see it.
    var rationale: String?
    /// Every key that this package does not know, unchanged; keys inside `objects` as `objects.KEY`.
    public var extra: JSONObject
    /// The row's line in its file, counted from one; 0 when it comes from no file.
    public var line: Int
    /// The file as it was named to the reader.
    public var file: String
    /// The bytes of the row's line without the line feed; nil unless the reader was told to keep them.
    public var sourceLine: [UInt8]?

    /// A sample made by hand.
    init(
        id: String, task: Task, isTaskGuessed: Bool = false, source: String = "", license: String? = nil,
        messages: [Message], images: [String] = [], videos: [String] = [], videoRates: [Int: Double] = [:],
        imageFolder: String = "", solutions: [String] = [], options: [String]? = nil, boxes: [Box]? = nil,
        boxType: BoxType = .real, places: [Place] = [], placeImages: [Int] = [],
        references: [String]? = nil, rationale: String? = nil, extra: JSONObject = JSONObject(),
        line: Int = 0, file: String = ""
    ) {
        (self.id, self.task, self.isTaskGuessed) = (id, task, isTaskGuessed)
        (self.source, self.license) = (source, license)
        (self.messages, self.images, self.imageFolder) = (messages, images, imageFolder)
        (self.videos, self.videoRates) = (videos, videoRates)
        (self.solutions, self.options, self.rationale) = (solutions, options, rationale)
        (self.boxes, self.boxType, self.references) = (boxes, boxType, references)
        (self.places, self.placeImages) = (places, placeImages)
        (self.extra, self.line, self.file) = (extra, line, file)
    }

    /// `file:line`, as error messages name the row; the id when it comes from no file.
    public var location: String { file.isEmpty ? "sample \(id)" : "\(file):\(line)" }
}
