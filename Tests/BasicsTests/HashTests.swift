// SHA-256 against the vectors of FIPS 180-4 and of NIST's long messages.
import Testing

@testable import Hashes

@Suite("SHA-256")
struct HashTests {
    @Test(
        "The published vectors",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func vectors(_ text: String, _ expected: String) {
        let bytes = Array(text.utf8)
        #expect(SHA256(of: bytes).hexadecimal == expected)
        var pieces = SHA256()
        for start in stride(from: 0, to: bytes.count, by: 977) {
            bytes[start..<min(start + 977, bytes.count)].withUnsafeBytes { pieces.update($0) }
            // A digest on the way does not end the hash.
            if start % 4 == 0 { #expect(pieces.digest.count == 32) }
        }
        #expect(pieces.hexadecimal == expected)
    }

    @Test("A copy goes on by itself")
    func copies() {
        var first = SHA256(of: Array("a".utf8))
        var second = first
        Array("bc".utf8).withUnsafeBytes { second.update($0) }
        #expect(second.hexadecimal == SHA256(of: Array("abc".utf8)).hexadecimal)
        Array("z".utf8).withUnsafeBytes { first.update($0) }
        #expect(first.hexadecimal == SHA256(of: Array("az".utf8)).hexadecimal)
    }
}
