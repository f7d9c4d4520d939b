// Pictures as data: URLs.
import Foundation
import ImageInput
import TestKit

/// A gray picture as the content of a message with a question.
func pictureURL(width: Int = 140, height: Int = 112) throws -> String {
    let image = RGBImage(
        width: width, height: height, pixels: [UInt8](repeating: 90, count: 3 * width * height))
    return "data:image/png;base64," + Data(try image.png()).base64EncodedString()
}

/// Content of a message: pictures, then a text.
func content(_ urls: [String], _ text: String = "Where?") -> String {
    let parts = urls.map { "{\"type\":\"image_url\",\"image_url\":{\"url\":\"\($0)\"}}" }
    return "[" + (parts + ["{\"type\":\"text\",\"text\":\"\(text)\"}"]).joined(separator: ",") + "]"
}
