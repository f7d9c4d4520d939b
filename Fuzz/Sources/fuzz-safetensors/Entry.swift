// libFuzzer's entry point for safetensors files: their headers and lengths.
import CheckpointHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(.safetensors, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
