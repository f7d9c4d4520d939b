// A whole page from its parts.
internal import Foundation
internal import Hashes
public import StrictJSON

/// A page that needs nothing but itself.
public struct PageFrame {
    /// The title.
    let title: String
    /// What is above the content.
    let header: Markup
    /// The content.
    let content: Markup
    /// The values for the scripts.
    let data: OrderedJSON
    /// The scripts, in this order.
    let scripts: [String]
    /// Style besides that of every page.
    let style: String

    /// A frame.
    ///
    /// - Parameters:
    ///   - title: The title.
    ///   - header: What is above the content.
    ///   - content: The content.
    ///   - data: The values for the scripts.
    ///   - scripts: The scripts, in this order.
    ///   - style: Style besides that of every page.
    public init(
        title: String, header: Markup, content: Markup, data: OrderedJSON, scripts: [String],
        style: String = ""
    ) {
        (self.title, self.header, self.content) = (title, header, content)
        (self.data, self.scripts, self.style) = (data, scripts, style)
    }

    /// The page.
    ///
    /// Its policy allows its own style and scripts by their hashes, and pictures that are inside it; nothing else, and no
    /// connection.
    public var html: String {
        let style = pageStyle + style
        let script = scripts.joined(separator: "\n")
        let policy =
            "default-src 'none'; img-src data:; style-src \(Self.source(style)); "
            + "script-src \(Self.source(script)); base-uri 'none'; form-action 'none'"
        let parts: [String: Markup] = [
            "title": "\(title)", "header": header, "content": content, "data": data.inElement,
            "style": Markup(trusted: style), "script": Markup(trusted: script),
            // The quotes of the policy are inside an attribute.
            "policy": "\(policy)",
        ]
        return Self.filled(pageFrame, parts)
    }

    /// The name of an inline text in a policy.
    private static func source(_ text: String) -> String {
        "'sha256-\(Data(SHA256(of: Array(text.utf8)).digest).base64EncodedString())'"
    }

    /// A frame with its names replaced; what is inserted is not looked at again.
    private static func filled(_ frame: String, _ parts: [String: Markup]) -> String {
        var (result, rest) = ("", frame[...])
        while let open = rest.range(of: "{{"),
            let close = rest.range(of: "}}", range: open.upperBound..<rest.endIndex)
        {
            result += rest[..<open.lowerBound]
            result += parts[String(rest[open.upperBound..<close.lowerBound])]?.text ?? ""
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}
