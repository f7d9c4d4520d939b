// Markers of pictures: every public spelling becomes <image>, and pictures without a marker go to the front.
internal import Foundation
internal import StrictJSON
internal import Tokenizer

extension RowDraft {
    /// Makes the turns name each picture once, in the order of the list.
    mutating func settleMarkers() throws(SampleError) {
        var count = markers
        if count.hasInlinePath {
            readInlinePaths()
            count = markers
        }
        guard count.images != images.count || count.videos != videos.count else { return }
        if count.images == 0, !images.isEmpty {
            if !respell() && !renumber() { try placeInFront("<image>", count: images.count, name: "images") }
        }
        if count.videos == 0, !videos.isEmpty {
            try placeInFront("<video>", count: videos.count, name: "videos")
        }
    }

    /// The markers of the turns that may have some.
    private var markers: MarkerCount {
        var sum = MarkerCount("")
        for turn in turns where turn.role != .assistant {
            let count = MarkerCount(turn.text)
            sum.images += count.images
            sum.videos += count.videos
            if count.hasInlinePath { sum.hasInlinePath = true }
        }
        return sum
    }

    /// `<img>a.png</img>`, as Qwen-VL wrote it, names its picture itself.
    private mutating func readInlinePaths() {
        var listed = images[...]
        var found: [String] = []
        for index in turns.indices where turns[index].role != .assistant {
            var (text, rest) = ("", turns[index].text[...])
            while let mark = rest.firstRange(of: /<image>|<img>(.*?)<\/img>/) {
                let marker = rest[mark]
                text += rest[..<mark.lowerBound] + "<image>"
                rest = rest[mark.upperBound...]
                if marker == "<image>" {
                    if let next = listed.popFirst() { found.append(next) }
                } else {
                    found.append(String(marker.dropFirst(5).dropLast(6)))
                }
            }
            turns[index].text = text + rest
        }
        images = found + listed
        note("messages", "<img>PATH</img> read as a picture")
    }

    /// `<Image>` and `<IMAGE>`, when there are as many as pictures.
    private mutating func respell() -> Bool {
        let texts = turns.map { turn in
            turn.role == .assistant
                ? turn.text : turn.text.replacing(/<image>/.ignoresCase(), with: "<image>")
        }
        let changed = zip(turns, texts).reduce(0) {
            $1.0.role == .assistant ? $0 : $0 + MarkerCount($1.1).images
        }
        guard changed == images.count else { return false }
        for (index, text) in texts.enumerated() { turns[index].text = text }
        note("messages", "<Image> read as <image>")
        return true
    }

    /// `<image 2>` and `<image1>` name a picture by its number, counted from one; later mentions stay text.
    private mutating func renumber() -> Bool {
        var order: [Int] = []
        var texts = turns.map(\.text)
        for (index, turn) in turns.enumerated() where turn.role != .assistant {
            var (text, rest) = ("", turn.text[...])
            while let match = rest.firstMatch(of: /<image ?([0-9]{1,2})>/) {
                let number = Int(match.1) ?? 0
                text += rest[..<match.range.lowerBound]
                if (1...images.count).contains(number), !order.contains(number) {
                    order.append(number)
                    text += "<image>"
                } else {
                    text += "image \(number)"
                }
                rest = rest[match.range.upperBound...]
            }
            texts[index] = text + rest
        }
        guard !order.isEmpty, let first = turns.firstIndex(where: { $0.role == .user }) else { return false }
        for index in turns.indices { turns[index].text = texts[index] }
        let others = (1...images.count).filter { !order.contains($0) }
        turns[first].text = String(repeating: "<image>", count: others.count) + turns[first].text
        images = (others + order).map { images[$0 - 1] }
        note("messages", "<image N> read as the picture's place")
        return true
    }

    private mutating func placeInFront(_ marker: String, count: Int, name: String) throws(SampleError) {
        guard let first = turns.firstIndex(where: { $0.role == .user }) else { return }
        turns[first].text = String(repeating: marker, count: count) + turns[first].text
        note(name, "no marker: in front of the first user turn")
    }
}
