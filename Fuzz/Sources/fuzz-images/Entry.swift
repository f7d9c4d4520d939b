// libFuzzer's entry point for files that look like images: JPEG, PNG, WebP.
import ImageHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var repaired = bytes
    repairPNGChecksums(&repaired)
    do {
        _ = try exerciseImage(bytes)
        if repaired != bytes { _ = try exerciseImage(repaired) }
    } catch {
        fatalError("\(error)")
    }
    return 0
}
