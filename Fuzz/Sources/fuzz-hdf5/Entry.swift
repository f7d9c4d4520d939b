// libFuzzer's entry point for data-set metadata of HDF5 checkpoints.
import CheckpointHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(.hdf5, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
