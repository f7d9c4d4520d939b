// libFuzzer's entry point for what deltas say about their data sets.
import CheckpointHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(.delta, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
