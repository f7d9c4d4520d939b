// Values for the scripts of a page, as JSON inside an element of the page.
internal import Foundation
public import StrictJSON

extension OrderedJSON {
    /// An object of members in this order.
    public static func members(_ members: KeyValuePairs<String, OrderedJSON>) -> OrderedJSON {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// A number with at most six digits that count; null when it is not finite.
    public static func value(_ value: Double?) -> OrderedJSON {
        guard let value, value.isFinite else { return .null }
        return .number(String(format: "%.6g", value))
    }

    /// A whole number.
    public static func value(_ value: Int) -> OrderedJSON { .number("\(value)") }

    /// A text, or null.
    public static func value(_ text: String?) -> OrderedJSON { text.map(OrderedJSON.string) ?? .null }

    /// Texts.
    public static func value(_ texts: [String]) -> OrderedJSON { .array(texts.map(OrderedJSON.string)) }

    /// The JSON text with `<` as an escape, so that nothing in it ends the element that holds it.
    var inElement: Markup {
        Markup(trusted: compact.replacingOccurrences(of: "<", with: "\\u003c"))
    }
}
