import Foundation
import ImageInput
import Parquet
import StrictJSON
import TestKit
import Testing
import TrainingData

@testable import Benchmarks

@Suite struct ReaderTests {
    let folder = TemporaryFolder()

    /// A picture as base64, longer than 64 characters.
    private static let red: String = {
        do {
            return try Data(Fixtures.bytes("benchmark-rows/mathvista/images/1.png")).base64EncodedString()
        } catch {
            fatalError("the picture: \(error)")
        }
    }()

    private func table(_ name: String, _ header: String, _ rows: [String]) throws -> String {
        try folder.write(
            name,
            ([header] + rows).map { $0.replacing("|", with: "\t").replacing("RED", with: Self.red) + "\n" }
                .joined())
    }

    private static let star = "index|image|question|A|B|C|D|answer|category|l2_category"

    private func message(_ path: String, _ options: BenchmarkOptions = BenchmarkOptions()) -> String {
        do {
            _ = try BenchmarkReader.read(path, options)
            return "no error"
        } catch { return "\(error)" }
    }

    // MARK: - Pictures

    @Test("A short cell is the index of a row with a picture, before or after it; one step, never two")
    func references() throws {
        let path = try table(
            "MMStar.tsv", Self.star,
            [
                "0|5|q|a|b|||A|c|l", "5|RED|q|a|b|||A|c|l", "6|5|q|a|b|||A|c|l", "x7|RED|q|a|b|||A|c|l",
                "8|x7|q|a|b|||A|c|l",
            ])
        let rows = try BenchmarkReader.read(path).rows
        #expect(rows.map(\.pictures) == Array(repeating: [.embedded(Self.red)], count: 5))
        let two = try table(
            "MMStar.tsv", Self.star, ["0|1|q|a|b|||A|c|l", "1|2|q|a|b|||A|c|l", "2|RED|q|a|b|||A|c|l"])
        #expect(message(two).contains("MMStar.tsv:2: \"image\": expected a picture, or the index of a row"))
        let none = try table("MMStar.tsv", Self.star, ["0|images/1.png|q|a|b|||A|c|l"])
        #expect(message(none).contains("found the text \"images/1.png\""))
    }

    @Test("A list of pictures is a Python list, also in the row that a cell names")
    func lists() throws {
        let path = try table(
            "MMStar.tsv", Self.star, ["0|['RED', \"RED\"]|q|a|b|||A|c|l", "1|0|q|a|b|||A|c|l"])
        let rows = try BenchmarkReader.read(path).rows
        #expect(rows.map(\.pictures.count) == [2, 2])
        #expect(try rows[1].pictureBytes(1).starts(with: [0x89, 0x50]))
        let bad = try table("MMStar.tsv", Self.star, ["0|['RED'|q|a|b|||A|c|l"])
        // It does not end as a list, so it is one picture.
        #expect(try !BenchmarkReader.read(bad).rows.isEmpty)
        #expect(throws: SampleError.self) { try BenchmarkReader.read(bad).rows[0].pictureBytes(0) }
    }

    @Test("A row without a picture is refused, unless pictures are optional")
    func missingPictures() throws {
        let path = try table("MMStar.tsv", Self.star, ["0|RED|q|a|b|||A|c|l", "1||q|a|b|||A|c|l"])
        #expect(
            message(path).contains(
                "MMStar.tsv:3: \"image\": expected a picture in image or image_path, found nothing"))
        var options = BenchmarkOptions()
        options.pictures = .optional
        #expect(try BenchmarkReader.read(path, options).rows.map(\.pictures.count) == [1, 0])
        options.pictures = .none
        #expect(try BenchmarkReader.read(path, options).rows.map(\.pictures.count) == [0, 0])
        options = BenchmarkOptions()
        options.pandasMissing = true
        let (rows, _, reader) = try BenchmarkReader.read(path, options)
        #expect(rows.map(\.id) == ["0"] && reader.droppedCount == 1)
    }

    @Test("A file that is not there is refused with the places that were looked at")
    func missingFiles() throws {
        let path = try table(
            "MMStar_local.tsv", Self.star.replacing("image|", with: "image_path|"), ["0|9.png|q|a|b|||A|c|l"])
        #expect(message(path).contains("MMStar_local.tsv:2: image 9.png: no such file; looked for "))
        #expect(message(path).contains("/images/MMStar/9.png"))
        let web = try table(
            "MMStar_local.tsv", Self.star.replacing("image|", with: "image_path|"),
            ["0|https://a.b/9.png|q|a|b|||A|c|l"])
        #expect(message(web).contains("pictures on the web are not fetched"))
    }

    @Test("Base64 in lines of 76 characters, or with a break at its end, is a picture")
    func linedBase64() throws {
        let lined = try Data(Fixtures.bytes("benchmark-rows/mathvista/images/1.png"))
            .base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
        let path = try table(
            "MMStar.tsv", Self.star, ["0|\"\(lined)\"|q|a|b|||A|c|l", "1|\"RED\n\"|q|a|b|||A|c|l"])
        let rows = try BenchmarkReader.read(path).rows
        #expect(try rows[0].pictureBytes(0) == rows[1].pictureBytes(0) && lined.contains("\n"))
    }

    @Test("A picture with alpha or a palette is read as RGB")
    func modes() throws {
        let rows = try rows("benchmark-rows/mmmu/MMMU_DEV_VAL.tsv")
        #expect(try rows[0].picture(1).pixels.prefix(3).elementsEqual([20, 20, 220]))
    }

    // MARK: - Cells

    @Test("Only an empty cell is missing; rows that pandas reads otherwise are counted")
    func missing() throws {
        let (rows, _, reader) = try BenchmarkReader.read(
            Fixtures.url("evaluation/pandas.tsv").path, mmstar)
        #expect(
            rows.map(\.options) == [
                ["None", "2.50", "1", "007", "a"], ["NA", "3", nil, "8", "n/a"],
                ["two", "1e3", "2", "9", "N/A"],
                ["-nan", " 4", "3", "1", "b"],
            ])
        #expect(reader.pandasDifferences == 4)
        let clean = try table("MMStar.tsv", Self.star, ["0|RED|q|a|1|2.50||A|c|l", "1|RED|q|b|2|x||B|c|l"])
        #expect(try BenchmarkReader.read(clean).reader.pandasDifferences == 0)
    }

    @Test("With pandasMissing the cells are those that pandas reads")
    func pandas() throws {
        var options = mmstar
        options.pandasMissing = true
        let rows = try BenchmarkReader.read(Fixtures.url("evaluation/pandas.tsv").path, options).rows
        let text = String(decoding: try Fixtures.bytes("evaluation/pandas.json"), as: UTF8.self)
        let wanted = try #require(try JSONValue(parsing: text).elements).map { row in
            var cells = (row.elements ?? []).map(\.text)
            while cells.last == .some(nil) { cells.removeLast() }
            return cells
        }
        #expect(rows.map(\.options) == wanted)
        // The right option may be missing then.
        let path = try table("MMStar.tsv", Self.star, ["0|RED|q|a|None|||B|c|l"])
        let row = try #require(try BenchmarkReader.read(path, options).rows.first)
        #expect(row.goldLetter == "B" && row.goldOption == nil && row.options == ["a"])
    }

    private var mmstar: BenchmarkOptions {
        var options = BenchmarkOptions()
        options.benchmark = .mmstar
        return options
    }

    @Test("Quotes, tabs and line breaks in cells stay")
    func quotes() throws {
        let path = try table(
            "MMStar.tsv", Self.star,
            ["0|RED|\"a \"\"b\"\"\nc\t\"|\"x|y\"|b|||A|c|l".replacing("x|y", with: "x\ty")])
        let row = try #require(try BenchmarkReader.read(path).rows.first)
        #expect(row.question == "a \"b\"\nc\t" && row.options == ["x\ty", "b"])
    }

    // MARK: - Wrong rows

    @Test("A wrong row is an error with file, line, key and what was expected")
    func wrongRows() throws {
        for (row, words) in [
            (
                "0|RED|q|a|b|||C|c|l",
                "\"answer\": expected the letter of an option (A, B), found the text \"C\""
            ),
            ("0|RED||a|b|||A|c|l", "\"question\": expected a text, found nothing"),
            ("0|RED|q|a|b|||A|c", "9 cells; the header has 10"),
        ] {
            let path = try table("MMStar.tsv", Self.star, ["9|RED|q|a|b|||A|c|l", row])
            let message = message(path)
            #expect(message.contains("MMStar.tsv:3") && message.contains(words), "\(message)")
        }
        let twice = try table("MMStar.tsv", Self.star, ["0|RED|q|a|b|||A|c|l", "0|RED|q|a|b|||A|c|l"])
        #expect(
            message(twice).contains("MMStar.tsv:3: \"id\": expected an index or id of its own, found \"0\""))
        let header = "index|image|question|answer|category"
        let box = try table("RefCOCO.tsv", header, ["0|RED|q|[0, 0, 30, 40]|RefCOCO val"])
        #expect(message(box).contains("expected [x1, y1, x2, y2] as shares of the picture's sides, 0 to 1"))
        let flat = try table("RefCOCO.tsv", header, ["0|RED|q|[0.5, 0, 0.5, 1]|RefCOCO val"])
        #expect(message(flat).contains("expected a box with an area"))
        let mark = try folder.write(
            "MMMU.tsv",
            "index\tid\timage\tquestion\tA\tanswer\n0\tdev_Art_1\t\(Self.red)\tSee <image 2>.\t\t5\n")
        #expect(message(mark).contains("expected a picture for <image 2>, found 1 pictures"))
    }

    @Test("Bad rows can be collected; the others are read")
    func collected() throws {
        let path = try table(
            "MMStar.tsv", Self.star,
            ["0|RED|q|a|b|||A|c|l", "1|RED|q|a|b|||Z|c|l", "2|RED|q|a|b|||B|c|l", "3|RED"])
        let (rows, rejects, _) = try BenchmarkReader.read(path, rejects: .collect)
        #expect(rows.map(\.id) == ["0", "2"] && rejects.map(\.line) == [3, 5] && rejects[0].key == "answer")
    }

    // MARK: - Files

    @Test("The layout is found by columns and names, and what is told goes first")
    func detection() throws {
        let header = "index|image|question|answer|category|choices"
        let rows = ["0|RED|q|5|counting|[]"]
        #expect(try BenchmarkReader(table("any.tsv", header, rows)).benchmark == .mathvision)
        // Named after another benchmark, the columns do not fit.
        #expect(message(try table("MMBench.tsv", header, rows)).contains("MMBench comes as"))
        var options = BenchmarkOptions()
        options.benchmark = .mathvision
        let path = try table("MMBench.tsv", header, rows)
        #expect(try BenchmarkReader(path, options).benchmark == .mathvision)
        options = BenchmarkOptions()
        options.layout = "mathvision-tsv"
        #expect(try BenchmarkReader(path, options).layout?.id == "mathvision-tsv")
        options.layout = "mathvision"
        #expect(message(path, options).contains("the file is TSV with the columns"))
        options.layout = "none"
        #expect(message(path, options).contains("no layout \"none\"; there are mathvista-tsv, "))
        let unknown = try table("rows.tsv", "index|words", ["0|a"])
        #expect(message(unknown).contains("its columns are those of no benchmark (index, words)"))
        #expect(message(try folder.write("empty.jsonl", "")).contains("no rows"))
    }

    @Test("Shards of several splits need a name; a missing shard is an error")
    func shards() throws {
        for (name, number) in [
            ("test-00000-of-00003", 0), ("test-00001-of-00003", 1), ("test-00002-of-00003", 2),
        ] {
            try FileManager.default.copyItem(
                at: Fixtures.url("benchmark-rows/mathvision/data/test-0000\(number)-of-00003.parquet"),
                to: folder.url("\(name).parquet"))
        }
        var options = BenchmarkOptions()
        options.benchmark = .mathvision
        #expect(try BenchmarkReader.read(folder.path(), options).rows.map(\.id) == ["4", "7", "9"])
        #expect(try BenchmarkReader(folder.path(), options).set == "MathVision_test")
        let one = try BenchmarkReader(folder.path("test-00001-of-00003.parquet"), options)
        #expect(one.notes == ["only shard 1 of 3 is read; give the folder to read all"])
        try FileManager.default.copyItem(
            at: folder.url("test-00000-of-00003.parquet"), to: folder.url("testmini-00000-of-00001.parquet"))
        #expect(
            message(folder.path(), options).contains("it has the splits test, testmini; name the one to read")
        )
        options.split = "testmini"
        #expect(try BenchmarkReader.read(folder.path(), options).rows.map(\.id) == ["4"])
        options.split = "val"
        #expect(message(folder.path(), options).contains("it has no split \"val\""))
        options.split = "test"
        try FileManager.default.removeItem(at: folder.url("test-00001-of-00003.parquet"))
        #expect(message(folder.path(), options).contains("number 1 (from 0) is not there"))
    }

    @Test("lmms-lab's val of RefCOCO is named for what it is")
    func refCOCOVal() throws {
        let columns = [
            ParquetColumn("question_id", .text), ParquetColumn("question", .text),
            ParquetColumn("answer", .list(.text)),
            ParquetColumn("bbox", .list(.double)),
        ]
        for (count, notes) in [(8811, 1), (3811, 0)] {
            let path = folder.path("RefCOCO_val\(count).parquet")
            var bytes: [UInt8] = []
            var writer = try ParquetWriter(columns: columns, compression: .none) { bytes += $0 }
            for number in 0..<count {
                try writer.append([
                    .text("\(number)"), .text("q"), .list([.text("a")]),
                    .list([.double(0), .double(0), .double(3), .double(4)]),
                ])
            }
            try writer.finish()
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            var options = BenchmarkOptions()
            (options.benchmark, options.pictures) = (.refcoco, .none)
            #expect(try BenchmarkReader(path, options).notes.count == notes)
        }
    }

    @Test("Compressed tables read like plain ones")
    func compressed() throws {
        let path = Fixtures.url("benchmark-rows/mathvision/MathVision.tsv").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "gzip -c '\(path)' > '\(folder.path("MathVision.tsv.gz"))'"]
        try process.run()
        process.waitUntilExit()
        #expect(try BenchmarkReader.read(folder.path("MathVision.tsv.gz")).rows.count == 3)
    }

    // MARK: - Custom rows

    @Test("Rows of the record are questions in their own words")
    func custom() throws {
        try Data(Fixtures.bytes("benchmark-rows/mathvista/images/1.png")).write(to: folder.url("a.png"))
        let path = try folder.write(
            "own.jsonl",
            #"{"id": "r1", "task": "mcq", "source": "s", "messages": [{"role": "user", "content": "<image>Which?\nA. a\nB. b"}],"#
                + #" "images": ["a.png"], "solution": "B", "options": ["a", "b"]}"# + "\n")
        let (rows, _, reader) = try BenchmarkReader.read(path)
        let row = try #require(rows.first)
        #expect(reader.benchmark == .custom && reader.set == "own" && row.id == "r1" && row.goldLetter == "B")
        #expect(row.categories == [.init(axis: "source", names: ["s"]), .init(axis: "task", names: ["mcq"])])
        for style in PromptStyle.all + [PromptStyle.think(system: "Reason.")] {
            let prompt = try style.prompt(row)
            #expect(prompt.parts == [.image(0), .text("Which?\nA. a\nB. b")])
            #expect(prompt.system == (style.id == "think" ? "Reason." : nil))
        }
        #expect(try row.pictureBytes(0).starts(with: [0x89, 0x50]))
        // A training layout is read when it is said to be custom.
        let other = try folder.write("rows.jsonl", #"{"problem": "1+1?", "answer": "2"}"# + "\n")
        #expect(message(other).contains("say that the benchmark is custom"))
        var options = BenchmarkOptions()
        options.benchmark = .custom
        #expect(try BenchmarkReader.read(other, options).rows.map(\.question) == ["1+1?"])
        try FileManager.default.removeItem(at: folder.url("a.png"))
        #expect(message(path).contains("a.png"))
    }

    // MARK: - MathVision's own rows

    @Test("Rows of MathVision's testmini read with their pictures")
    func mathVision() throws {
        let rows = try rows("evaluation/mathvision/testmini.jsonl")
        #expect(
            rows.map(\.id) == ["437", "748", "923"]
                && rows.map(\.gold) == [.text("4"), .text("B"), .text("D")])
        #expect(rows[2].goldOption == "3h 41m")
        for row in rows { #expect(try row.picture(0).width > 0 && row.pictures.count == 1) }
        #expect(
            try PromptStyle.r1.prompt(rows[1]).text.hasSuffix(
                "overlap.\n<image1>\nA. $36 \\mathrm{~cm}^{2}$\nB. $45 \\mathrm{~cm}^{2}$\nC. $54 \\mathrm{~cm}^{2}$\n"
                    + "D. $63 \\mathrm{~cm}^{2}$\nE. $72 \\mathrm{~cm}^{2}$\n"
                    + "Answer with the option's letter from the given choices directly."))
    }

    /// A folder with `testmini.jsonl` and `images/` of MathVision.
    private static let mathVisionFolder = ProcessInfo.processInfo.environment["R1_MATHVISION"]

    @Test("All of MathVision's testmini reads with its pictures", .enabled(if: mathVisionFolder != nil))
    func wholeMathVision() throws {
        let home = try #require(Self.mathVisionFolder)
        let rows = try BenchmarkReader.read("\(home)/testmini.jsonl").rows
        #expect(rows.count == 304 && rows.count { !$0.isOpen } == 190)
        for row in rows {
            #expect(row.pictures.count == 1 && row.gold != .hidden && row.categories.count == 2)
            let picture = try row.picture(0)
            #expect(picture.width > 0 && picture.height > 0)
            for style in PromptStyle.all { #expect(try style.prompt(row).images == [0]) }
        }
    }
}
