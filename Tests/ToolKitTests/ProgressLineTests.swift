// Progress on a terminal.
import Testing

@testable import ToolKit

@Suite("Progress line")
struct ProgressLineTests {
    @Test("Progress has share, rate and time left, without what an earlier run did")
    func progress() {
        let text = ProgressLine.text(done: 3 << 30, of: 4 << 30, skipped: 1 << 30, seconds: 4)
        #expect(text == " 75%  3.0 GiB of 4.0 GiB, 512.0 MiB/s, 2 s left")
        #expect(ProgressLine.text(done: 5, of: 10, skipped: 5, seconds: 1).hasSuffix("time left unknown"))
    }
}
