// Texts that must not become markup.
import Outputs
import Testing

@Suite("Markup")
struct MarkupTextTests {
    @Test("No text opens an element or leaves an attribute; control characters become what the caller says")
    func escaping() {
        #expect(
            escapedMarkup("</script><img src=x onerror='a(\"b\")'>&") == "&lt;/script&gt;&lt;img src=x "
                + "onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;")
        #expect(escapedMarkup("a\u{0}b\nc\u{85}é漢") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}é漢")
        #expect(escapedMarkup("a\u{7}\nb") { $0 == "\n" ? "\n" : "" } == "a\nb")
    }
}
