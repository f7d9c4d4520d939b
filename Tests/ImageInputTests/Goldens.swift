// The reference's arrays for these tests: a safetensors reader of the few kinds of numbers they hold, and images.
import Basics
import Foundation
import ImageInput
import TestKit
import Testing

/// One golden file, opened by its name under `Tests/Fixtures/goldens`.
struct Golden {
    struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var offsets: [Int]
        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }
    private var entries: [String: Entry] = [:]
    private let bytes: [UInt8]

    init(_ name: String) throws {
        let file = [UInt8](try Data(contentsOf: Fixtures.url("goldens/\(name).safetensors")))
        let headerCount = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = Data(file[8..<(8 + headerCount)])
        let object = try #require(try JSONSerialization.jsonObject(with: header) as? [String: Any])
        for (key, value) in object where key != "__metadata__" {
            let entry = try JSONSerialization.data(withJSONObject: value)
            entries[key] = try JSONDecoder().decode(Entry.self, from: entry)
        }
        bytes = Array(file[(8 + headerCount)...])
    }

    var names: [String] { entries.keys.sorted() }

    func shape(_ name: String) throws -> [Int] { try #require(entries[name]).shape }

    func uint8(_ name: String) throws -> [UInt8] {
        let entry = try #require(entries[name], "no array \(name)")
        return Array(bytes[entry.offsets[0]..<entry.offsets[1]])
    }

    func int32(_ name: String) throws -> [Int32] { try numbers(name) }

    func float(_ name: String) throws -> [Float] { try numbers(name) }

    private func numbers<Number>(_ name: String) throws -> [Number] {
        try uint8(name).withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: MemoryLayout<Number>.size).map {
                raw.loadUnaligned(fromByteOffset: $0, as: Number.self)
            }
        }
    }
}

/// `NAME.json` beside a golden file.
func goldenJSON(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: Fixtures.url("goldens/\(name).json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}

/// The 11 images that the goldens speak of: golden name and file name.
let goldenImages = [
    ("alpha", "alpha.png"), ("exif6", "exif6.jpg"), ("gray", "gray.png"), ("jpeg420", "jpeg420.jpg"),
    ("la", "la.png"), ("pal", "pal.png"), ("photo_a", "photo_a.png"), ("photo_b", "photo_b.png"),
    ("tall", "tall.png"), ("tiny", "tiny.png"), ("wide", "wide.png"),
]

/// The bytes of a fixture.
func fixtureBytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Fixtures.url(path)))
}

/// The decoded image of a golden name.
func goldenImage(_ name: String) throws -> RGBImage {
    let file = try #require(goldenImages.first { $0.0 == name }).1
    return try decodeImage(fixtureBytes("images/\(file)"), name: file)
}

/// Small images of every kind with Pillow's pixels; see `make_image_kinds.py`.
struct ImageKinds: Decodable {
    struct Kind: Decodable {
        var width, height: Int
        var rgb: Data
        var onWhite: Data?
        /// How far a channel may be away, for lossy formats whose libraries differ between releases.
        var within: Int?
        /// The frames of an animation.
        var frames: [Data]?
    }
    struct Resize: Decodable {
        var width, height: Int
        var rgb: Data
    }
    var kinds: [String: Kind]
    var resizes: [Resize]

    static func load() throws -> ImageKinds {
        try JSONDecoder().decode(
            ImageKinds.self, from: Data(contentsOf: Fixtures.url("image-kinds/kinds.json")))
    }
}
