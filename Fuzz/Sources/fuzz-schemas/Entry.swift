// libFuzzer's entry point for the schema compiler: a schema is refused, or every walk through it can go on to an end
// that reads as JSON.
import ConstrainedOutput
import StrictJSON

/// Single bytes, and an end token.
private let tokens = TokenBytes(idCount: 257, endIDs: [256]) { [UInt8($0)] }

/// Called for every input: the schema, a zero, and numbers that choose the way.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let end = input.firstIndex(of: 0) ?? input.count
    // Inputs that are no JSON, and schemas that are refused, are expected.
    guard let schema = try? OrderedJSON(parsing: Array(input[..<end])),
        let grammar = try? OutputGrammar(schema: schema, tokens: tokens)
    else { return 0 }
    var state = OutputState(grammar)
    var output: [UInt8] = []
    for choice in input[end...] {
        let ids = state.allowed.ids
        guard !ids.isEmpty else { fatalError("a dead end after \(String(decoding: output, as: UTF8.self))") }
        let id = ids[Int(choice) % ids.count]
        if id == 256 { break }
        output.append(UInt8(id))
        state.accept(id)
    }
    guard state.isComplete else { return 0 }
    do { _ = try JSONValue(parsing: String(decoding: output, as: UTF8.self)) } catch {
        fatalError("\(error): \(String(decoding: output, as: UTF8.self))")
    }
    return 0
}
