// Bytes become keys.
import Terminal
import Testing

@Suite("Keys of a terminal")
struct KeyDecoderTests {
    private func keys(_ bytes: some Sequence<UInt8>) -> [Key] {
        var decoder = KeyDecoder()
        return bytes.compactMap { decoder.key(after: $0) }
    }

    @Test(
        "Sequences of common terminals",
        arguments: [
            ("\u{1B}[A", Key.up), ("\u{1B}OA", .up), ("\u{1B}[B", .down), ("\u{1B}[C", .right),
            ("\u{1B}[D", .left),
            ("\u{1B}[1;5D", .wordLeft), ("\u{1B}[1;3C", .wordRight), ("\u{1B}[1;2C", .right),
            ("\u{1B}b", .wordLeft),
            ("\u{1B}[H", .home), ("\u{1B}OH", .home), ("\u{1B}[1~", .home), ("\u{1B}[7~", .home),
            ("\u{1}", .home),
            ("\u{1B}[F", .end), ("\u{1B}[4~", .end), ("\u{1B}[8~", .end), ("\u{5}", .end),
            ("\u{1B}[3~", .delete),
            ("\u{1B}\r", .newline), ("\u{1B}[13;2u", .newline), ("\u{1B}[27;2;13~", .newline), ("\r", .enter),
            ("\n", .enter),
            ("\u{7F}", .backspace), ("\u{8}", .backspace), ("\u{1B}\u{7F}", .deleteWordBefore),
            ("\u{17}", .deleteWordBefore),
            ("\u{B}", .deleteToEnd), ("\u{15}", .deleteToStart), ("\u{19}", .yank), ("\u{3}", .interrupt),
            ("\u{4}", .endOfInput), ("\u{1B}[200~a\r\nb\u{1B}[A\u{1B}[201~", .paste("a\r\nb\u{1B}[A")),
        ])
    func sequences(_ bytes: String, _ key: Key) {
        #expect(keys(bytes.utf8) == [key])
        #expect(keys((bytes + "x").utf8) == [key, .text("x")])
    }

    @Test(
        "Sequences that mean nothing are skipped whole",
        arguments: [
            "\u{1B}[5~", "\u{1B}[?62;4c", "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}]11;rgb:0/0/0\u{7}",
            "\u{1B}P1$r0m\u{1B}\\",
            "\u{1B}[[A", "\u{1B}[24;80R", "\u{1B}q", "\u{1B}[99999999999999999999~", "\u{1B}[\u{1}", "\u{0}",
            "\t\u{1B}[Z",
        ])
    func skipped(_ bytes: String) {
        #expect(keys((bytes + "x").utf8) == [.text("x")])
    }

    @Test("Characters of several bytes, whole, broken and cut off")
    func characters() {
        #expect(keys("é日👍".utf8) == [.text("é"), .text("日"), .text("👍")])
        #expect(keys([0x80, 0x61]) == [.text("\u{FFFD}"), .text("a")])
        #expect(keys([0xC3, 0x28]) == [.text("(")])
        var decoder = KeyDecoder()
        #expect(decoder.key(after: 0xE6) == nil && decoder.isInside)
        decoder.timeOut()
        #expect(decoder.key(after: 0x61) == .text("a"))
    }

    @Test("A lone Escape is given up after a while; pasted text is not")
    func timeOut() {
        var decoder = KeyDecoder()
        #expect(decoder.key(after: 0x1B) == nil)
        decoder.timeOut()
        #expect(decoder.key(after: UInt8(ascii: "b")) == .text("b"))
        for byte in "\u{1B}[200~ab".utf8 { #expect(decoder.key(after: byte) == nil) }
        decoder.timeOut()
        #expect("\u{1B}[201~".utf8.compactMap { decoder.key(after: $0) } == [.paste("ab")])
    }
}
