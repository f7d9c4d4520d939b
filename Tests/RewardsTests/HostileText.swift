// Random texts that look like answers, for the extractors.
import TestKit

extension Seeded {
    /// Bytes that look like answers: fragments of what the extractors read, mixed with noise.
    mutating func hostileText() -> String {
        let fragments = [
            "<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "}", "{", "[", "]", ",", "1", "2.5",
            "-", "e", "%",
            "$", "yes", "no", "nothing", "A", "(B)", "C.", " ", "\n", "\u{2212}", "\u{20AC}", "\u{301}",
            "{\"bbox_2d\":",
            "1,000", "\\frac", "\\sqrt", "^", "(", ")", "=", "/", "\\pm", "万", "million", "km", "是", "不",
            "答案", "（", "，", "May", ":",
            "x1", "\"", "**", "#### ", "```", "not ", "is wrong", "\\{", "|", "<|box_start|>", "answer is",
            "or", "999999999999999999999999", "1e999", "nan", "\u{A0}", "_", "\\text{",
        ]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...30, using: &self) {
            if Int.random(in: 0..<8, using: &self) == 0 {
                bytes.append(UInt8.random(in: 0...255, using: &self))
            } else {
                bytes += Array((fragments.randomElement(using: &self) ?? "").utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
