// libFuzzer's entry point for what HDF5 checkpoints say about their data sets.
import CheckpointHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(.hdf5, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
