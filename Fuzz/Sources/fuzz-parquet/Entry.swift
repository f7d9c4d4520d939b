// libFuzzer's entry point for files of rows: parquet.
import RowHarness

private let exercise = RowExercise(.parquet)

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do { try exercise.check(Array(UnsafeBufferPointer(start: start, count: count))) } catch {
        fatalError("\(error)")
    }
    return 0
}
