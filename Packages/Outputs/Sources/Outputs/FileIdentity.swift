// Which file or folder a path names, whatever links lead there.
internal import Foundation

/// A file or folder, told apart by device and inode.
///
/// Symbolic links are followed, so two paths to one file have equal identities, and so do hard links.
struct FileIdentity: Hashable {
    /// What is at a path.
    enum Kind { case file, directory, device, pipe, socket }

    let device: UInt64
    let inode: UInt64
    let kind: Kind

    /// What is at `path`; nil when nothing is there or it cannot be seen.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            default: .device
            }
    }

    /// Whether this is a file or folder that `path` names, or a folder somewhere above it.
    func holds(_ path: String) -> Bool {
        if self == FileIdentity(path) { return true }
        guard kind == .directory, var place = realPath(path) else { return false }
        while place != "/" {
            place = parentFolder(place)
            if self == FileIdentity(place) { return true }
        }
        return false
    }
}

/// The path without symbolic links; nil when nothing is there.
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// The folder that holds what a path names.
func parentFolder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
