// libFuzzer's entry point for bytes of a terminal.
import KeyHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do { try exerciseKeys(UnsafeBufferPointer(start: start, count: count)) } catch { fatalError("\(error)") }
    return 0
}
