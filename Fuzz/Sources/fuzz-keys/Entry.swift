// libFuzzer's entry point for bytes of a terminal: any bytes become keys, and any keys leave a line that fits its rows.
import Terminal

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var (decoder, editor) = (KeyDecoder(), LineEditor())
    for (index, byte) in UnsafeBufferPointer(start: start, count: count).enumerated() {
        guard let key = decoder.key(after: byte) else { continue }
        _ = editor.apply(key)
        let columns = 4 + index % 30
        let screen = EditedRows(editor, prompt: "> ", columns: columns, height: 5)
        guard screen.rows.count <= 5, screen.rows.indices.contains(screen.cursor.row) else {
            fatalError("the cursor is outside the rows")
        }
        guard (0..<columns).contains(screen.cursor.column) else {
            fatalError("the cursor is outside the columns")
        }
    }
    return 0
}
