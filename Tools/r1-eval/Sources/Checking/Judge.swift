// r1-eval judge: one rule over any stored answers.
import AnswerRules
import ArgumentParser
import Basics
import Foundation
import Outputs
import StrictJSON
import ToolKit

/// `r1-eval judge --rule ID --input F.jsonl`.
struct Judge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Judge stored answers by one rule.",
        discussion: """
            Each line of the input is an object with prediction and gold, and what the rule needs besides: options, \
            answerType, precision, goldIndex, imageSize ([width, height]). The line comes back with extracted, correct, \
            status and score added. r1-eval rules lists the rules.

              r1-eval judge --rule mmmu.mcq --input answers.jsonl
              r1-eval judge --rule r1 --input answers.jsonl --output judged.jsonl
            """)

    @Option(help: ArgumentHelp("The rule.", valueName: "id")) var rule: String

    @Option(help: "The answers, one JSON object per line.", transform: paths.argument) var input: String

    @Option(help: "The file to write. (default: stdout)", transform: paths.argument) var output: String?

    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let claim = try output.map { try overwriting.claim($0, inputs: [input]) }
        let (judge, bytes, encoder) = (
            try RuleLines(rule: rule), try readRegularFile(input), JSONEncoder.forLines()
        )
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var (output, right, count) = (Data(), 0, 0)
        for (index, line) in lines.enumerated()
        where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) {
            let judged = try judge.judged(Array(line), at: "\(input):\(index + 1)")
            output += try encoder.line(judged)
            count += 1
            if case .bool(true)? = judged["correct"] { right += 1 }
        }
        guard let claim else { return try console.write(String(decoding: output, as: UTF8.self)) }
        try claim.write(output)
        console.summarize("\(right) of \(count) right by \(rule): \(claim.path)")
    }
}
