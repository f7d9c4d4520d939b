// libFuzzer's entry point for answers: the reader of expressions.
import AnswerHarness

private let exercise: AnswerExercise = {
    do { return try AnswerExercise(.expressions) } catch { fatalError("\(error)") }
}()

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do { try exercise.check(text) } catch { fatalError("\(error)") }
    return 0
}
