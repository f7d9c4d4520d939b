// Finds the EXIF data in an image file and reads the orientation tag from their TIFF directory.
// For any input, the result is 1 to 8; a damaged directory means 1, as in Pillow.
import CImage

/// The EXIF orientation of an image file; 1 (upright) if there is none.
func exifOrientation(_ bytes: [UInt8], _ format: ImageFormat) -> Int {
    let block: Range<Int>?
    switch format {
    case .jpeg: block = jpegEXIF(bytes)
    case .png: block = pngEXIF(bytes)
    case .webp: block = webpEXIF(bytes)
    case .tiff: block = bytes.indices  // the file is such a directory
    case .avif: return avifOrientation(bytes)
    case .gif, .bmp: block = nil
    case .heic: block = nil  // the decoder turns it
    }
    return block.flatMap { tiffOrientation(bytes[$0]) } ?? 1
}

/// The rotation and mirror of the container; programs ignore the EXIF data beside them.
private func avifOrientation(_ bytes: [UInt8]) -> Int {
    var size = r1_image_size()
    var orientation: Int32 = 1
    var message = [CChar](repeating: 0, count: Int(R1_IMAGE_MESSAGE))
    return r1_avif_size(bytes, bytes.count, &size, &orientation, &message) == 0 ? Int(orientation) : 1
}

/// The first APP1 segment with EXIF data before the image data.
private func jpegEXIF(_ bytes: [UInt8]) -> Range<Int>? {
    var at = 2
    while at + 4 <= bytes.count, bytes[at] == 0xFF {
        let marker = bytes[at + 1]
        if marker == 0xFF {  // fill byte
            at += 1
            continue
        }
        if marker == 0x01 || (0xD0...0xD8).contains(marker) {  // markers without a length
            at += 2
            continue
        }
        if marker == 0xDA || marker == 0xD9 { return nil }
        let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
        let end = at + 2 + length
        guard length >= 2, end <= bytes.count else { return nil }
        if marker == 0xE1, bytes[(at + 4)..<end].starts(with: exifPrefix) { return (at + 4)..<end }
        at = end
    }
    return nil
}

/// The eXIf chunk, before or after the image data.
private func pngEXIF(_ bytes: [UInt8]) -> Range<Int>? {
    var at = 8
    while let length = integer(bytes[...], at: at, bytes: 4, bigEndian: true) {
        let start = at + 8
        guard start + length <= bytes.count else { return nil }
        if bytes[(at + 4)..<start].elementsEqual("eXIf".utf8) { return start..<(start + length) }
        at = start + length + 4
    }
    return nil
}

/// The EXIF chunk of the RIFF file; chunks are padded to even sizes.
private func webpEXIF(_ bytes: [UInt8]) -> Range<Int>? {
    var at = 12
    while let length = integer(bytes[...], at: at + 4, bytes: 4, bigEndian: false) {
        let start = at + 8
        guard start + length <= bytes.count else { return nil }
        if bytes[at..<(at + 4)].elementsEqual("EXIF".utf8) { return start..<(start + length) }
        at = start + length + length % 2
    }
    return nil
}

private let exifPrefix = Array("Exif\0\0".utf8)

/// Tag 0x0112 of a TIFF block's first directory (TIFF 6.0, section 2), with or without "Exif\0\0" before it.
private func tiffOrientation(_ block: ArraySlice<UInt8>) -> Int? {
    let tiff = block.starts(with: exifPrefix) ? block.dropFirst(exifPrefix.count) : block
    let bigEndian = tiff.starts(with: Array("MM".utf8))
    guard bigEndian || tiff.starts(with: Array("II".utf8)) else { return nil }
    func read(_ offset: Int, _ count: Int) -> Int? {
        integer(tiff, at: tiff.startIndex + offset, bytes: count, bigEndian: bigEndian)
    }
    guard read(2, 2) == 42, let directory = read(4, 4), let entries = read(directory, 2) else { return nil }
    for entry in 0..<entries {
        let at = directory + 2 + 12 * entry
        guard let tag = read(at, 2), let type = read(at + 2, 2), let count = read(at + 4, 4) else {
            return nil
        }
        guard tag == 0x0112 else { continue }
        let widths = [1: 1, 3: 2, 4: 4]  // byte, short, long
        guard count == 1, let width = widths[type], let value = read(at + 8, width) else { return nil }
        return (1...8).contains(value) ? value : nil
    }
    return nil
}

/// An unsigned number of up to 4 bytes; nil if it is not entirely inside.
private func integer(_ bytes: ArraySlice<UInt8>, at start: Int, bytes count: Int, bigEndian: Bool) -> Int? {
    guard start >= bytes.startIndex, start <= bytes.endIndex - count else { return nil }
    let digits = bytes[start..<(start + count)]
    return bigEndian
        ? digits.reduce(0) { $0 << 8 | Int($1) } : digits.reversed().reduce(0) { $0 << 8 | Int($1) }
}
