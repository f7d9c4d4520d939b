// Films through the programs ffprobe and ffmpeg, when they are installed. They run as child processes without a shell,
// read nothing but the one file, and are killed when their time is up.
import Foundation
import Synchronization

struct FFmpeg {
    /// Where the programs are looked for, in this order.
    var folders: [String]
    var limits: VideoLimits

    /// What ffprobe says of a film.
    struct Facts {
        var width, height, frameCount: Int
        var rate: Double
    }

    /// Size, frames and rate of a film's first video stream.
    func facts(of path: String) throws -> Facts {
        struct Report: Decodable {
            struct Stream: Decodable {
                var width, height: Int?
                var avg_frame_rate, nb_read_packets: String?
            }
            var streams: [Stream]?
        }
        let child = try start(
            "ffprobe",
            [
                "-v", "error", "-protocol_whitelist", "file", "-select_streams", "v:0", "-count_packets",
                "-show_entries", "stream=width,height,avg_frame_rate,nb_read_packets", "-of", "json",
                source(path),
            ], for: path)
        let output = try child.read(upTo: 1 << 16)
        try child.finish()
        let stream = try? JSONDecoder().decode(Report.self, from: Data(output)).streams?.first
        let parts = (stream?.avg_frame_rate ?? "").split(separator: "/").compactMap { Double($0) }
        guard let width = stream?.width, let height = stream?.height, width > 0, height > 0,
            let count = stream?.nb_read_packets.flatMap({ Int($0) }), parts.count == 2, parts[1] > 0
        else {
            throw ImageError.malformed(name: path, format: "video", reason: "ffprobe finds no pictures in it")
        }
        return Facts(width: width, height: height, frameCount: count, rate: parts[0] / parts[1])
    }

    /// The frames with these indices (ascending, repeats allowed).
    func frames(_ indices: [Int], of path: String) throws -> [RGBImage] {
        let distinct = Array(Set(indices)).sorted()
        let child = try start(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-i", source(path), "-map", "0:v:0",
                "-vf",
                "select=\(Self.selection(distinct[...]))", "-fps_mode", "passthrough", "-frames:v",
                "\(distinct.count)", "-f",
                "image2pipe",
                "-vcodec", "ppm", "-",
            ], for: path)
        var images: [Int: RGBImage] = [:]
        var room = limits.maxDecodedBytes
        for index in distinct {
            guard let image = try child.readPPM(limits.image, atMost: room) else { break }
            images[index] = image
            room -= image.pixels.count
        }
        try child.finish()
        return try indices.map { index in
            guard let image = images[index] else {
                throw ImageError.malformed(
                    name: path, format: "video",
                    reason:
                        "ffmpeg gave \(images.count) of \(distinct.count) frames; number \(index + 1) is missing"
                )
            }
            return image
        }
    }

    /// The expression that is true for these frames.
    ///
    /// Its terms are added in halves, because ffmpeg refuses sums that lean on one another a hundred deep.
    private static func selection(_ indices: ArraySlice<Int>) -> String {
        guard indices.count > 1 else { return indices.map { "eq(n\\,\($0))" }.joined() }
        let middle = indices.startIndex + indices.count / 2
        return "(\(selection(indices[..<middle]))+\(selection(indices[middle...])))"
    }

    private func start(_ name: String, _ arguments: [String], for path: String) throws -> Child {
        let program = folders.lazy.map { URL(fileURLWithPath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let program else { throw ImageError.needsProgram(path: path, program: name) }
        return try Child(program, arguments, for: path, timeLimit: limits.timeLimit)
    }

    /// The file under the one protocol that is allowed: a path is never read as an option or a URL.
    private func source(_ path: String) -> String { "file:" + URL(fileURLWithPath: path).path }
}

/// A running program whose output is read to its end.
private final class Child {
    private let process = Process()
    private let output = Pipe()
    private let name, path: String
    private let timeLimit: Double
    private let complaints: Complaints
    private let deadline: ContinuousClock.Instant
    private let killer: DispatchWorkItem

    init(_ program: URL, _ arguments: [String], for path: String, timeLimit: Double) throws {
        (name, self.path, self.timeLimit) = (program.lastPathComponent, path, timeLimit)
        let errors = Pipe()
        complaints = Complaints(errors.fileHandleForReading)
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let process = process
        do {
            try process.run()
        } catch {
            throw ImageError.malformed(
                name: path, format: "video",
                reason: "\(program.path) cannot be started: \(error.localizedDescription)")
        }
        let identifier = process.processIdentifier
        killer = DispatchWorkItem { kill(identifier, SIGKILL) }
        deadline = .now + .seconds(timeLimit)
        DispatchQueue.global().asyncAfter(deadline: .now() + timeLimit, execute: killer)
        complaints.start()
    }

    deinit {
        killer.cancel()
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    /// Up to `count` bytes; fewer only at the end.
    func read(upTo count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count,
            let more = try output.fileHandleForReading.read(upToCount: count - bytes.count), !more.isEmpty
        {
            bytes += more
        }
        return bytes
    }

    /// The next picture of a row of binary PPM files, of at most so many bytes; nil at the end.
    func readPPM(_ limits: ImageLimits, atMost room: Int) throws -> RGBImage? {
        var header: [UInt8] = []
        var fields: [Int] = []
        // "P6", width, height, 255, each followed by one white-space byte.
        while fields.count < 4 {
            guard let byte = try read(upTo: 1).first else {
                if header.isEmpty, fields.isEmpty { return nil }
                throw malformed("its output ends early")
            }
            guard byte == 0x0A || byte == 0x20 else {
                header.append(byte)
                guard header.count < 12 else { throw malformed("its output is no PPM") }
                continue
            }
            let text = String(decoding: header, as: UTF8.self)
            guard let field = fields.isEmpty ? (text == "P6" ? 6 : nil) : Int(text), field > 0 else {
                throw malformed("its output is no PPM")
            }
            fields.append(field)
            header = []
        }
        let (width, height) = (fields[1], fields[2])
        guard fields[3] == 255, max(width, height) <= limits.maxSide, width * height <= limits.maxPixels,
            3 * width * height <= room
        else {
            throw malformed("a frame of \(width) x \(height) pixels, which is more than the limits leave")
        }
        let pixels = try read(upTo: 3 * width * height)
        guard pixels.count == 3 * width * height else { throw malformed("its output ends early") }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// Waits for the end; an exit code other than 0 is an error with the program's own words.
    func finish() throws {
        try? output.fileHandleForReading.close()
        process.waitUntilExit()
        killer.cancel()
        if process.terminationReason == .exit, process.terminationStatus == 0 { return }
        let isCrash = process.terminationReason != .exit
        throw malformed(isCrash ? "it ended by signal \(process.terminationStatus)" : complaints.text)
    }

    /// Why it failed: whatever else a program that was stopped did, its time is the reason.
    private func malformed(_ reason: String) -> ImageError {
        ContinuousClock.now < deadline
            ? .malformed(name: path, format: "video", reason: "\(name): \(reason)")
            : .tookTooLong(path: path, seconds: timeLimit)
    }
}

/// What a program writes to its standard error, read beside its output so that neither pipe fills up.
private final class Complaints: Sendable {
    private let handle: FileHandle
    private let collected = Mutex<[UInt8]>([])
    private let done = DispatchSemaphore(value: 0)

    init(_ handle: FileHandle) { self.handle = handle }

    func start() {
        DispatchQueue.global().async {
            while let more = try? self.handle.read(upToCount: 4096), !more.isEmpty {
                self.collected.withLock { if $0.count < 4096 { $0 += more } }
            }
            self.done.signal()
        }
    }

    /// The first line, once the program has ended.
    var text: String {
        done.wait()
        done.signal()
        let text = collected.withLock { String(decoding: $0, as: UTF8.self) }
        return text.split(separator: "\n").first.map { String($0.prefix(200)) } ?? "it failed without a word"
    }
}
