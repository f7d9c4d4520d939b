// A disk of a few MiB, to be full: a file system in memory, which only root may mount.
import Basics
import Foundation
import TestKit
import Testing

/// A small file system in memory that is unmounted with its last owner.
final class SmallDisk {
    private let folder: TemporaryFolder
    private let mountPoint: String

    /// Only root may mount, and inside a container not even root always may; tests ask before they run.
    static let isAvailable: Bool = geteuid() == 0 && (try? SmallDisk(mebibytes: 1)) != nil

    /// Mounts it with a size, and with a limit of how many files, folders included, it takes.
    init(mebibytes: Int, files: Int? = nil) throws {
        folder = TemporaryFolder()
        try FileManager.default.createDirectory(at: folder.url("disk"), withIntermediateDirectories: false)
        mountPoint = folder.path("disk")
        let options = "size=\(mebibytes)m" + (files.map { ",nr_inodes=\($0)" } ?? "")
        let status = try Self.run("mount", "-t", "tmpfs", "-o", options, "r1-test", mountPoint)
        try #require(status == 0, "mount -t tmpfs failed with status \(status)")
    }

    deinit {
        // Detached at once even when a file is still open; the folder below goes afterwards.
        _ = try? Self.run("umount", "-l", mountPoint)
    }

    /// The path of what is at `name` on it.
    func path(_ name: String) -> String { folder.path("disk/\(name)") }

    /// Names on it, sorted.
    func names() throws -> [String] { try folder.names("disk") }

    /// Writes files until no further file fits.
    func fillWithFiles() throws {
        for number in 0..<1000
        where !FileManager.default.createFile(atPath: path("file-\(number)"), contents: nil) {
            return
        }
        Issue.record("the disk takes any number of files")
    }

    /// Takes all but `kibibytes` of the free space.
    func fill(leaving kibibytes: Int) throws {
        let values = try FileManager.default.attributesOfFileSystem(forPath: mountPoint)
        let free = try #require(values[.systemFreeSize] as? NSNumber).intValue
        try Data(count: max(0, free - kibibytes << 10)).write(to: URL(fileURLWithPath: path("filler")))
    }

    /// Gives the space back.
    func removeFiller() throws { try FileManager.default.removeItem(atPath: path("filler")) }

    private static func run(_ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

extension Trait where Self == ConditionTrait {
    /// Leaves a test out, saying why, where no small disk can be mounted.
    static var needsSmallDisk: Self {
        .enabled(
            if: SmallDisk.isAvailable, "mounting a small disk takes root and a system that lets it mount")
    }
}
