// How VLMEvalKit and lmms-eval take the answer out of a text. Sources: VLMEvalKit, vlmeval/inference.py
// (split_thinking); lmms-eval, api/reasoning.py (strip_reasoning_tags) and tasks/_task_utils/reasoning_utils.py
// (extract_anwser_tag).

/// The references' strip stages.
enum LmmsStrips {
    private static let open: PythonText = "<think>"
    private static let close: PythonText = "</think>"

    /// `vlmevalkit.split-think`.
    static func splitThinking(_ text: PythonText) -> PythonText {
        text.contains(close) ? text.after(last: close).stripped : text
    }

    /// `lmms.strip-tags`: removes the first `<think>` up to the next `</think>` until there is none; of a text with
    /// closing tags only, keeps what follows the last one.
    static func withoutThinking(_ text: PythonText) -> PythonText {
        let points = text.points
        var kept: [UInt32] = []
        var position = 0
        while position < points.count {
            kept.append(points[position])
            position += 1
            // What was removed may have left the parts of a tag side by side.
            guard kept.count >= open.count, kept[(kept.count - open.count)...].elementsEqual(open.points)
            else {
                continue
            }
            guard let end = text.find(close, from: position) else {
                kept += points[position...]
                break
            }
            kept.removeLast(open.count)
            position = end + close.count
        }
        let result = PythonText(kept)
        guard result.contains(close), !result.contains(open) else { return result.stripped }
        return result.after(last: close).stripped
    }

    /// `lmms.reasoning-tag`: inside the first `<answer>`, else the last box that is not empty, else a last number.
    static func reasoningAnswer(_ text: PythonText) -> PythonText {
        if let start = text.find("<answer>"), let end = text.find("</answer>", from: start + 8) {
            return PythonText(text.points[(start + 8)..<end]).stripped
        }
        if let box = lastBox(text), !box.isEmpty { return box.stripped }
        for line in text.stripped.split("\n").reversed() {
            if let number = finalNumber(line) { return number }
        }
        return ""
    }

    /// The inside of the last `\boxed{` whose brace is closed.
    private static func lastBox(_ text: PythonText) -> PythonText? {
        let starts = Set(text.places(of: "\\boxed{").map { $0 + 6 })
        guard !starts.isEmpty else { return nil }
        var opens: [Int] = []
        var last: Range<Int>?
        for (place, point) in text.points.enumerated() {
            if point == 0x7B {
                opens.append(place)
            } else if point == 0x7D, let start = opens.popLast(), starts.contains(start),
                start > last?.lowerBound ?? -1
            {
                last = (start + 1)..<place
            }
        }
        return last.map { PythonText(text.points[$0]) }
    }

    /// The number at the end of a line, before at most a point.
    private static func finalNumber(_ line: PythonText) -> PythonText? {
        let points = line.points
        func isDigit(_ place: Int) -> Bool { place >= 0 && PythonCharacter.isDigit(points[place]) }
        func isWord(_ place: Int) -> Bool { place >= 0 && PythonCharacter.isWord(points[place]) }
        var end = points.count
        func skipSpace() { while end > 0, PythonCharacter.isSpace(points[end - 1]) { end -= 1 } }
        skipSpace()
        if end > 0, points[end - 1] == 0x2E {
            end -= 1
            skipSpace()
        }
        var start = end
        while isDigit(start - 1) { start -= 1 }
        guard start < end else { return nil }
        var whole = start - 1
        if start > 0, points[start - 1] == 0x2E {
            while isDigit(whole - 1) { whole -= 1 }
            if whole < start - 1, !isWord(whole - 1) { return PythonText(points[whole..<end]) }
        }
        return isWord(start - 1) ? nil : PythonText(points[start..<end])
    }
}
