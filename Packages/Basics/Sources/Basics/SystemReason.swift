// The system's words for a failure that Foundation wraps into an error of its own.
internal import Foundation

/// The reason of an error that Foundation throws for a file, such as "No space left on device".
///
/// Foundation's own text for most of them says only that the operation could not be completed.
public func systemReason(of error: any Error) -> String {
    let wrapper = error as NSError
    let inner = (wrapper.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? wrapper
    guard inner.domain == NSPOSIXErrorDomain else { return wrapper.localizedDescription }
    return String(cString: strerror(Int32(inner.code)))
}
