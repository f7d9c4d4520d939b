// Reads video files with the programs ffprobe and ffmpeg, if they are installed. They run as child processes
// without a shell, read only the one file, and are killed at the time limit.
internal import ChildProcess
import Foundation

struct FFmpeg {
    /// The folders to search for the programs, in this order.
    var folders: [String]
    var limits: VideoLimits

    /// What ffprobe reports about a video.
    struct Facts {
        var width, height, frameCount: Int
        var rate: Double
    }

    /// Size, frame count and rate of the first video stream.
    func facts(of path: String) throws -> Facts {
        struct Report: Decodable {
            struct Stream: Decodable {
                var width, height: Int?
                var avg_frame_rate, nb_read_packets: String?
            }
            var streams: [Stream]?
        }
        let program = try start(
            "ffprobe",
            [
                "-v", "error", "-protocol_whitelist", "file", "-select_streams", "v:0", "-count_packets",
                "-show_entries", "stream=width,height,avg_frame_rate,nb_read_packets", "-of", "json",
                source(path),
            ], for: path)
        let output = try program.read(upTo: 1 << 16)
        try program.finish()
        // Output that cannot be read names no stream, and that is the error below.
        let stream = try? JSONDecoder().decode(Report.self, from: Data(output)).streams?.first
        let parts = (stream?.avg_frame_rate ?? "").split(separator: "/").compactMap { Double($0) }
        guard let width = stream?.width, let height = stream?.height, width > 0, height > 0,
            let count = stream?.nb_read_packets.flatMap({ Int($0) }), parts.count == 2, parts[1] > 0
        else {
            throw ImageError.malformed(
                name: path, format: "video", reason: "ffprobe finds no video stream in it")
        }
        return Facts(width: width, height: height, frameCount: count, rate: parts[0] / parts[1])
    }

    /// The frames with these indices (ascending, repeats allowed).
    func frames(_ indices: [Int], of path: String) throws -> [RGBImage] {
        let distinct = Array(Set(indices)).sorted()
        let program = try start(
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
            guard let image = try program.readPPM(limits.image, atMost: room) else { break }
            images[index] = image
            room -= image.pixels.count
        }
        try program.finish()
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

    /// The ffmpeg expression that is true for these frames.
    ///
    /// The sum is a balanced tree, because ffmpeg refuses expressions nested a hundred deep.
    private static func selection(_ indices: ArraySlice<Int>) -> String {
        guard indices.count > 1 else { return indices.map { "eq(n\\,\($0))" }.joined() }
        let middle = indices.startIndex + indices.count / 2
        return "(\(selection(indices[..<middle]))+\(selection(indices[middle...])))"
    }

    private func start(_ name: String, _ arguments: [String], for path: String) throws -> Program {
        let program = folders.lazy.map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let program else { throw ImageError.needsProgram(path: path, program: name) }
        return try Program(name, at: program, arguments, for: path, timeLimit: limits.timeLimit)
    }

    /// The file under the only allowed protocol: a path is never read as an option or a URL.
    private func source(_ path: String) -> String { "file:" + URL(fileURLWithPath: path).path }
}

/// A running ffmpeg or ffprobe; it is killed when this object is deallocated.
private final class Program {
    private let child: ChildProcess
    private let name, path: String
    private let timeLimit: Double
    private let deadline: ContinuousClock.Instant

    init(
        _ name: String, at program: String, _ arguments: [String], for path: String, timeLimit: Double
    ) throws {
        (self.name, self.path, self.timeLimit) = (name, path, timeLimit)
        deadline = .now + .seconds(timeLimit)
        do {
            child = try ChildProcess(program, arguments, hasInput: false, errorStream: .captured)
        } catch {
            throw ImageError.malformed(name: path, format: "video", reason: "\(program) \(error)")
        }
    }

    /// Up to `count` bytes; fewer only at the end.
    func read(upTo count: Int) throws -> [UInt8] {
        try attempting { try child.read(upTo: count, until: deadline) }
    }

    /// The next image of a sequence of binary PPM files, of at most `room` bytes; nil at the end.
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
                guard header.count < 12 else { throw malformed("its output is not PPM") }
                continue
            }
            let text = String(decoding: header, as: UTF8.self)
            guard let field = fields.isEmpty ? (text == "P6" ? 6 : nil) : Int(text), field > 0 else {
                throw malformed("its output is not PPM")
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

    /// Waits for the exit; a code other than 0 is an error with the first line of standard error.
    func finish() throws {
        switch try attempting({ try child.finish(until: deadline) }) {
        case .code(0): return
        case .code:
            let line = child.errorText.split(separator: "\n").first.map { String($0.prefix(200)) }
            throw malformed(line ?? "it failed without a message")
        case .signal(let number): throw malformed("signal \(number) ended it")
        }
    }

    private func attempting<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch ChildProcessError.timedOut {
            throw ImageError.tookTooLong(path: path, seconds: timeLimit)
        } catch {
            throw malformed("\(error)")
        }
    }

    private func malformed(_ reason: String) -> ImageError {
        .malformed(name: path, format: "video", reason: "\(name): \(reason)")
    }
}
