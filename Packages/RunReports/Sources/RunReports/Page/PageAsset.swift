// The fixed parts of a page: the files of the folder Assets are part of the program (CReportPage embeds them).
internal import Basics
internal import CReportPage

/// A file of the folder Assets.
enum PageAsset: String {
    /// Shows the values under the pointer.
    case charts = "charts.js"
    /// Shows the groups of answers.
    case groups = "groups.js"
    /// The frame of a page, with names in double braces where its parts go.
    case page = "page.html"
    /// Colors and sizes.
    case style = "style.css"

    /// The content.
    var text: String {
        for index in 0..<r1_report_asset_count {
            let asset = r1_report_asset_at(index).pointee
            guard String(cString: asset.name) == rawValue else { continue }
            return String(
                decoding: UnsafeBufferPointer(start: asset.bytes, count: asset.count), as: UTF8.self)
        }
        require(false, "page.c has no \(rawValue)")
        return ""
    }
}
