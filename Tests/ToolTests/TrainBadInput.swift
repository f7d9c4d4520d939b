// Runs that must not start or must stop: what is wrong with each, and what the error must name.
import Basics
import Foundation
import TestKit
import Testing

/// One thing that a user got wrong.
struct BadRun: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What the error has to contain.
    let parts: [String]
    /// More of the command line.
    var arguments: [String] = []
    /// Changes the rows or the settings.
    var change: @Sendable (TemporaryFolder) throws -> Void = { _ in }

    /// Settings and rows that are refused before the run directory is made.
    static let early = [
        BadRun(
            testDescription: "an unknown setting",
            parts: ["run.yaml:", "sft.batchSiez", "did you mean sft.batchSize?"]
        ) { try edit($0, "run.yaml", "batchSize: 2}", "batchSize: 2, batchSiez: 3}") },
        BadRun(
            testDescription: "an unknown setting on the command line",
            parts: ["--set grpo.temprature=2: unknown setting", "did you mean grpo.temperature?"],
            arguments: ["--set", "grpo.temprature=2"]),
        BadRun(
            testDescription: "a number out of range", parts: ["grpo.groupSize", "from 2 to 4096", "found 1"],
            arguments: ["--set", "grpo.groupSize=1"]),
        BadRun(
            testDescription: "a word for a number", parts: ["steps", "a whole number", "many"],
            arguments: ["--set", "steps=many"]),
        BadRun(
            testDescription: "an assignment without a value", parts: ["--set steps: expected path=value"],
            arguments: ["--set", "steps"]),
        BadRun(testDescription: "a file that is not YAML", parts: ["run.yaml", "not YAML"]) {
            try $0.write("run.yaml", "steps: [1, 2\nseed: {")
        },
        BadRun(testDescription: "a missing file of settings", parts: ["run.yaml"]) {
            try FileManager.default.removeItem(at: $0.url("run.yaml"))
        },
        BadRun(testDescription: "a missing file of rows", parts: ["train.jsonl", "no such file"]) {
            try FileManager.default.removeItem(at: $0.url("train.jsonl"))
        },
        BadRun(testDescription: "a file without rows", parts: ["train.jsonl", "no rows"]) {
            try $0.write("train.jsonl", "\n")
        },
        BadRun(testDescription: "a row that is cut off", parts: ["train.jsonl:6", "not a JSON object"]) {
            try $0.write("train.jsonl", String(try $0.text("train.jsonl").dropLast(20)))
        },
        BadRun(testDescription: "two <image> and one picture", parts: ["train.jsonl:2", "<image>", "1"]) {
            try edit($0, "train.jsonl", "<image>Which digit", "<image><image>Which digit")
        },
        BadRun(testDescription: "an unknown task", parts: ["train.jsonl:1", "task", "yron"]) {
            try edit($0, "train.jsonl", "\"yorn\"", "\"yron\"")
        },
        BadRun(
            testDescription: "a missing picture", parts: ["train.jsonl:3", "train-09002.png", "no such file"]
        ) {
            try edit($0, "train.jsonl", "train-00002.png", "train-09002.png")
        },
        BadRun(
            testDescription: "a weight to freeze that is not there", parts: ["frozen", "visaul."],
            arguments: ["--set", "frozen=[visaul.]"]),
    ]

    /// Pictures that exist, so that only decoding them finds the trouble.
    static let pictures = [
        BadRun(testDescription: "a picture that is none", parts: ["bad.png", "JPEG, PNG, WebP"]) {
            try usePicture(Data("no picture, only words".utf8), in: $0)
        },
        BadRun(testDescription: "a picture that is cut off", parts: ["bad.png", "PNG"]) {
            try usePicture(try Data(contentsOf: $0.url("images/train-00000.png")).dropLast(60), in: $0)
        },
        BadRun(testDescription: "a header of 50,000 x 50,000 pixels", parts: ["bad.png", "50000", "limit"]) {
            try usePicture(try #require(Data(base64Encoded: hugeHeader)), in: $0)
        },
        BadRun(testDescription: "a line of 404 x 2 pixels", parts: ["bad.png", "404 x 2", "200 times"]) {
            try usePicture(try #require(Data(base64Encoded: line)), in: $0)
        },
    ]

    /// A black PNG that is longer than the model's processor takes.
    private static let line =
        "iVBORw0KGgoAAAANSUhEUgAAAZQAAAACCAIAAADw770dAAAAGUlEQVR42u3BMQEAAADCoPVPbQsvoAAA+BgJegABYYBqEgAAAABJRU5ErkJggg=="

    /// A PNG of 69 bytes whose header declares 50,000 x 50,000 RGB pixels; its checksums are right.
    private static let hugeHeader =
        "iVBORw0KGgoAAAANSUhEUgAAw1AAAMNQCAIAAADEzaqdAAAADElEQVR4nGNgoAwAAABAAAG3NHzvAAAAAElFTkSuQmCC"

    /// Makes every row show one picture.
    private static func usePicture(_ bytes: Data, in folder: TemporaryFolder) throws {
        try bytes.write(to: folder.url("bad.png"))
        let rows = try folder.text("train.jsonl").replacing(/images\/train-\d+\.png/, with: "bad.png")
        try folder.write("train.jsonl", rows)
    }

    private static func edit(_ folder: TemporaryFolder, _ name: String, _ old: String, _ new: String) throws {
        let text = try folder.text(name)
        try #require(text.contains(old), "\(name) does not hold \(old)")
        try folder.write(name, text.replacingOccurrences(of: old, with: new))
    }
}
