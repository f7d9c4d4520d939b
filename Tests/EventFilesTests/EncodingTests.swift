// Bytes of checksums, numbers, records and messages, against published examples.
import Foundation
import Testing

@testable import EventFiles

@Suite("Encoding of events")
struct EncodingTests {
    @Test("CRC-32C has the values of RFC 3720")
    func checksums() {
        #expect(crc32c([]) == 0)
        #expect(crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc32c(Array(0..<32)) == 0x46DD_794E)
        #expect(crc32c((0..<32).reversed()) == 0x113F_DB5C)
    }

    @Test("A varint has seven bits a byte, the lowest first")
    func varints() {
        #expect(varintBytes(0) == [0])
        #expect(varintBytes(1) == [1])
        #expect(varintBytes(127) == [0x7F])
        #expect(varintBytes(128) == [0x80, 1])
        #expect(varintBytes(150) == [0x96, 1])
        #expect(varintBytes(300) == [0xAC, 2])
        #expect(varintBytes(.max) == [UInt8](repeating: 0xFF, count: 9) + [1])
    }

    @Test("Fields of each kind have their key, and messages their length")
    func fields() {
        #expect(Field.varint(1, 150).encoded == [0x08, 0x96, 0x01])
        #expect(Field.text(2, "testing").encoded == [0x12, 7] + Array("testing".utf8))
        #expect(Field.message(3, [.varint(1, 150)]).encoded == [0x1A, 3, 0x08, 0x96, 0x01])
        #expect(Field.double(1, 1).encoded == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
        #expect(Field.float(2, -2).encoded == [0x15, 0, 0, 0, 0xC0])
        #expect(Field.message(2, []).encoded == [0x12, 0])
        #expect(Field.varint(16, 1).encoded == [0x80, 1, 1])
    }

    @Test("A record is its length, its bytes, and a masked checksum of each")
    func records() {
        let bytes = Array("123456789".utf8)
        let whole = record(bytes)
        #expect(whole.count == 8 + 4 + 9 + 4)
        #expect(Array(whole[..<8]) == [9, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(whole[12..<21]) == bytes)
        // 0xE3069283 rotated right by 15 bits, plus 0xA282EAD8.
        #expect(Array(whole[21...]) == littleEndian(UInt32(0xC78A_B0E5)))
    }

    @Test("A step is stored whatever its size, and zero is not left out")
    func steps() {
        func bytes(_ step: Int) -> [UInt8] {
            Event(wallTime: Date(timeIntervalSince1970: 0), step: step, content: .sessionStart).encoded
        }
        let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0, 0]
        let start: [UInt8] = [0x3A, 2, 8, 1]
        #expect(bytes(0) == time + [0x10, 0] + start)
        #expect(bytes(300) == time + [0x10, 0xAC, 2] + start)
        #expect(bytes(-1) == time + [0x10] + varintBytes(.max) + start)
    }
}
