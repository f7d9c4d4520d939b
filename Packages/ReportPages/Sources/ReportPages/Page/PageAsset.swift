// The fixed parts of a page: files of a folder Assets that a C target embeds into the program.
internal import CReportPages

/// The text of a file that a C target embeds.
///
/// - Parameter read: A C function that returns the bytes of the file and sets their count.
/// - Returns: The text.
public func assetText(_ read: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?) -> String {
    var count = 0
    let bytes = read(&count)
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
}

/// Scripts for pages; they are the same for every page, so that its policy can name their hash.
public enum PageScript {
    /// Shows the values of a chart under the pointer; reads the member `charts` of the page's data.
    public static let charts = assetText(r1_pages_charts_script)
    /// Functions for scripts of pages: elements, pictures, boxes over pictures.
    ///
    /// It comes after `charts`, which sets the strict mode, and before the scripts that use it.
    public static let elements = assetText(r1_pages_elements_script)
}

/// The frame of a page, with names in double braces where its parts go.
let pageFrame = assetText(r1_pages_frame)

/// Colors and sizes of every page.
let pageStyle = assetText(r1_pages_style)
