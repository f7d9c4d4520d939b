// libFuzzer's entry point for data-set metadata of deltas.
import CheckpointHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(.delta, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
