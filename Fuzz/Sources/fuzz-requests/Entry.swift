// libFuzzer's entry point for the reader of chat requests: every input is accepted or refused with 400, 404 or 413.
import Serving

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var limits = PictureLimits()
    (limits.pixels, limits.side) = (1 << 20, 4096)
    if let (status, message) = refusal(
        of: Array(UnsafeBufferPointer(start: start, count: count)), pictures: limits)
    {
        guard [400, 413].contains(status), !message.isEmpty else { fatalError("\(status): \(message)") }
    }
    return 0
}
