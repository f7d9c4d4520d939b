// libFuzzer's entry point for files of torch.save: zip directories, pickles and storages.
import CheckpointHarness

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(.pickles, Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
