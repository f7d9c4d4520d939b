// A page of rows with their pictures and boxes, in one file.
internal import Basics
public import Outputs
internal import TrainingData

/// Which rows a page shows.
public struct RowView: Sendable, Equatable {
    /// Rows to pass over, among those of `task`.
    public var offset = 0
    /// The most rows.
    public var limit = 200
    /// Show only rows of this task; nil shows all.
    public var task: String?
    /// The longest side of a picture in the page, in pixels; the boxes keep the original's coordinates.
    public var side = 512

    /// The first rows.
    public init() {}

    /// Writes the page.
    ///
    /// - Returns: How many rows it shows.
    /// - Throws: ``DataEngineError`` for bad rows and pictures, and when no row is shown; `OutputError`.
    @discardableResult
    public func run(_ input: RowFile, to output: OutputClaim) throws -> Int {
        var (rows, place): ([DataRow], Int) = ([], 0)
        // The rest of the file is read, too: a page must not hide a bad row.
        try input.forEach { row in
            guard task == nil || row.sample.task.rawValue == task else { return }
            if place >= offset, rows.count < limit { rows.append(row) }
            place += 1
        }
        guard !rows.isEmpty else {
            throw DataEngineError.badFile(
                file: input.path,
                problem: "no rows to show: it has \(place)" + (task.map { " of the task \($0)" } ?? "")
                    + ", and the first \(offset) are passed over")
        }
        let (side, shownRows) = (side, rows)
        let shown = try parallelMap(rows.count) { try ShownRow(shownRows[$0], side: side).html }
        let tasks = Set(rows.map(\.sample.task.rawValue)).sorted()
        var body =
            "<h1>\(escaped(input.path))</h1>\n<p>Rows \(offset + 1) to \(offset + rows.count) of \(place)"
        body += task.map { " of the task \(escaped($0))" } ?? ""
        body += ".</p>\n"
        if tasks.count > 1 {
            let options = tasks.map { "<option>\(escaped($0))</option>" }.joined()
            body +=
                "<p><label>Task <select id=\"task\"><option value=\"\">all</option>\(options)</select></label></p>\n"
        }
        let script = """
            const choice = document.getElementById("task");
            if (choice) choice.onchange = () => {
              for (const row of document.querySelectorAll(".row"))
                row.style.display = choice.value && row.dataset.task !== choice.value ? "none" : "";
            };
            """
        let file = try StreamedFile(output)
        try file.append(htmlPage(title: input.path, body: body + shown.joined(), script: script))
        try file.finish()
        return rows.count
    }
}
