// Videos: which frames are taken, and where they come from.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import ImageInput

@Suite("Sampling of frames") struct FrameSamplingTests {
    // Numbers computed with the published functions' operations in NumPy.
    @Test("Each rule takes its program's frames")
    func rules() throws {
        func taken(_ rule: FrameSampling, _ total: Int, _ rate: Double) throws -> [Int] {
            try rule.indices(total: total, rate: rate, name: "v")
        }
        #expect(try taken(.transformers(), 100, 25) == [0, 12, 25, 37, 50, 62, 75, 87])
        #expect(try taken(.qwenUtils(), 100, 25) == [0, 14, 28, 42, 57, 71, 85, 99])
        #expect(try taken(.transformers(), 7, 30) == [0, 1, 3, 5])
        #expect(try taken(.qwenUtils(), 7, 30) == [0, 2, 4, 6])
        #expect(
            try taken(.transformers(most: 16), 300, 29.97).prefix(12)
                == [0, 18, 37, 56, 75, 93, 112, 131, 150, 168, 187, 206])
        #expect(
            try taken(.qwenUtils(framesPerSecond: 3), 50, 10)
                == [0, 4, 8, 11, 15, 19, 23, 26, 30, 34, 38, 41, 45, 49])
        let long = try taken(.qwenUtils(), 1234, 23.976)
        #expect((long.count, long[11], long.last) == (102, 134, 1233))
        #expect(try taken(.segments(8), 100, 1) == [6, 18, 31, 43, 56, 68, 80, 93])
        #expect(try taken(.segments(8), 7, 1) == [0, 1, 2, 2, 3, 4, 4, 5])
        #expect(try taken(.all, 3, 1) == [0, 1, 2])
    }

    @Test("Videos that are too short or have no rate are refused")
    func refused() {
        for (rule, total, rate) in [
            (FrameSampling.qwenUtils(), 1, 25), (.transformers(), 0, 25), (.transformers(), 9, 0),
            (.qwenUtils(), 9, .nan), (.segments(0), 9, 1),
        ] as [(FrameSampling, Int, Double)] {
            #expect(throws: ImageError.self) { try rule.indices(total: total, rate: rate, name: "v") }
        }
    }

    @Test("Indices stay inside the video, ascending, for any numbers")
    func bounds() throws {
        var random = Seeded(9)
        for _ in 0..<500 {
            let total = Int.random(in: 2...5000, using: &random)
            let rate = Double.random(in: 0.1...120, using: &random)
            let rules: [FrameSampling] = [
                .transformers(), .qwenUtils(), .segments(.random(in: 1...64, using: &random)),
            ]
            for rule in rules {
                let indices = try rule.indices(total: total, rate: rate, name: "v")
                #expect(indices == indices.sorted())
                #expect(indices.first ?? -1 >= 0 && indices.last ?? total < total, "\(rule) \(total) \(rate)")
            }
        }
    }
}

@Suite("Reading a video") struct VideoReaderTests {
    private let folder = TemporaryFolder()

    @Test("A folder's pictures are frames in the order of their names")
    func pictures() throws {
        for (name, file) in [("b.png", "rgb8.png"), ("a.png", "grey8.png"), (".hidden", "rgb.jpg")] {
            try FileManager.default.copyItem(
                at: Fixtures.url("image-kinds/\(file)"), to: folder.url(name))
        }
        let video = try VideoReader()(folder.path())
        #expect(video.frames.count == 2)
        #expect(video.frames[0] == (try decodeImage(fixtureBytes("image-kinds/grey8.png"), name: "")))
        #expect((video.framesPerSecond, video.secondsPerStep(of: 2)) == (2, 1))
        try FileManager.default.copyItem(at: Fixtures.url("images/tiny.png"), to: folder.url("c.png"))
        let error = #expect(throws: ImageError.self) { try VideoReader()(folder.path()) }
        #expect(error?.description.contains("frame 3 has 5 x 9 pixels, the first 21 x 13") == true)
        var few = VideoReader()
        few.limits.maxFrames = 2
        #expect(throws: ImageError.self) { try few(folder.path()) }
    }

    // The hashes are those of Pillow's convert("RGB") of each frame.
    @Test(
        "The frames of an animated GIF are those that Pillow draws, whatever becomes of a frame",
        arguments: 1...3)
    func animatedGIF(_ disposal: Int) throws {
        let file = "animated\(disposal).gif"
        let kind = try #require(try ImageKinds.load().kinds[file])
        let expected = try #require(kind.frames)
        var reader = VideoReader()
        reader.sampling = .all
        let video = try reader(Fixtures.url("image-kinds/\(file)").path)
        #expect(video.frames.count == expected.count)
        for (number, (frame, pixels)) in zip(video.frames, expected).enumerated() {
            let others = zip(frame.pixels, pixels).count { $0 != $1 }
            #expect(others == 0, "frame \(number + 1)")
        }
        #expect(abs(video.framesPerSecond - 15) < 1e-9)
        #expect(throws: ImageError.self) { try reader(Fixtures.url("image-kinds/rgb.bmp").path) }
    }

    // The hashes are those of Pillow's convert("RGB") of each frame.
    @Test("The frames of an animated WebP are those that Pillow draws")
    func animation() throws {
        var reader = VideoReader()
        reader.sampling = .all
        let video = try reader(Fixtures.url("image-kinds/animated.webp").path)
        #expect(
            video.frames.map { sha256($0.pixels) } == [
                "016ceff2b4a6b62b4bf3429fcea3c9af9a353f38fd889894833cc37e09feac8d",
                "bc286db977dd8a55bf7f75e1233f4b306f92213075ff883493236145a06ed0b1",
                "5a710fa8d6771af08345daac5d1f2d97439a68d8a19e10a9040b9253e8b09792",
            ])
        reader.sampling = .segments(2)
        #expect(try reader(Fixtures.url("image-kinds/animated.webp").path).frames.count == 2)
        let bytes = try fixtureBytes("image-kinds/animated.webp")
        try Data(bytes.prefix(bytes.count / 2)).write(to: folder.url("cut.webp"))
        #expect(throws: ImageError.self) { try reader(folder.path("cut.webp")) }
    }

    @Test("A picture is no video, and a missing program is named")
    func refused() throws {
        var reader = VideoReader()
        #expect(throws: ImageError.self) { try reader(Fixtures.url("images/photo_a.png").path) }
        #expect(throws: ImageError.self) { try reader(folder.path("none.mp4")) }
        let film = try folder.write("film.mp4", "not a film")
        reader.programFolders = [folder.path()]
        #expect(throws: ImageError.needsProgram(path: film, program: "ffprobe")) { try reader(film) }
    }

    /// Programs that stand in for ffprobe and ffmpeg.
    private func reader(probe: String, film: String) throws -> VideoReader {
        for (name, body) in [("ffprobe", probe), ("ffmpeg", film)] {
            try folder.write(name, "#!/bin/sh\n\(body)\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(name))
        }
        var reader = VideoReader()
        reader.programFolders = [folder.path()]
        reader.limits.timeLimit = 20
        return reader
    }

    private let probe = """
        echo '{"streams":[{"width":2,"height":1,"avg_frame_rate":"4/1","nb_read_packets":"8"}]}'
        """

    @Test("A film's frames come from ffmpeg's output, and its rate from ffprobe")
    func film() throws {
        let film = try folder.write("-i odd; name.mp4", "a film")
        let reader = try reader(
            probe: probe,
            film:
                #"printf '%s\n' "$@" > "$(dirname "$0")/said"; for i in 1 2 3 4; do printf 'P6\n2 1\n255\nabcde'"$i"; done"#
        )
        let video = try reader(film)
        #expect(video.frames.map(\.pixels.last) == Array("1234".utf8))
        #expect(video.framesPerSecond == 2)
        let said = try folder.text("said")
        #expect(said.contains("\nfile:\(film)\n"))
        #expect(said.contains(#"select=((eq(n\,0)+eq(n\,2))+(eq(n\,5)+eq(n\,7)))"#))
    }

    @Test(
        "A program that fails, stops early or writes something else gives an error with its words",
        arguments: [
            ("echo 'Invalid data found' >&2; exit 1", "ffmpeg: Invalid data found"),
            (#"printf 'P6\n2 1\n255\nabcdef'"#, "ffmpeg gave 1 of 4 frames"),
            (#"printf 'P6\n2 1\n255\nabc'"#, "ends early"), ("printf 'GIF89a and so on'", "not PPM"),
            (#"printf 'P6\n90000 90000\n255\n'"#, "90000 x 90000"),
        ])
    func broken(_ body: String, _ expected: String) throws {
        let film = try folder.write("film.mp4", "a film")
        let error = try #require(
            #expect(throws: ImageError.self) { try reader(probe: probe, film: body)(film) })
        #expect(error.description.contains(expected), "\(error)")
    }

    @Test("A program that never ends is stopped")
    func endless() throws {
        let film = try folder.write("film.mp4", "a film")
        var reader = try reader(probe: "exec sleep 1000", film: "")
        reader.limits.timeLimit = 0.2
        #expect(throws: ImageError.tookTooLong(path: film, seconds: 0.2)) { try reader(film) }
        let endless = #"while :; do printf 'P6\n2 1\n255\nabcdef'; done"#
        reader = try self.reader(probe: probe, film: endless)
        #expect(throws: ImageError.self) { try reader(film) }
    }

    @Test("Frames together keep to the limit, whatever ffprobe said, and a crash is told from a stop")
    func outputSize() throws {
        let film = try folder.write("film.mp4", "a film")
        let large = #"for i in 1 2 3 4; do printf 'P6\n1 4\n255\nabcdefabcdef'; done"#
        var reader = try reader(probe: probe, film: large)
        reader.limits.maxDecodedBytes = 40
        var error = try #require(#expect(throws: ImageError.self) { try reader(film) })
        #expect(error.description.contains("a frame of 1 x 4 pixels, which is more"), "\(error)")
        reader = try self.reader(probe: probe, film: "kill -SEGV $$")
        error = try #require(#expect(throws: ImageError.self) { try reader(film) })
        #expect(error.description.contains("ffmpeg: signal 11 ended it"), "\(error)")
    }

    /// A film of 64 x 48 pixels and 10 frames a second.
    private func testFilm(seconds: Int) throws -> String {
        let film = folder.path("film.mkv")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=\(seconds)",
            "-c:v", "ffv1", "-pix_fmt", "bgr0", film,
        ]
        try process.run()
        process.waitUntilExit()
        return film
    }

    @Test("The real ffmpeg decodes a film", .enabled(if: hasFFmpeg))
    func realFilm() throws {
        let film = try testFilm(seconds: 3)
        let video = try VideoReader()(film)
        #expect(video.frames.count == 6)
        #expect((video.frames[0].width, video.frames[0].height) == (64, 48))
        #expect(abs(video.framesPerSecond - 2) < 1e-9)
        #expect(Set(video.frames.map { sha256($0.pixels) }).count == 6)
    }

    @Test("The real ffmpeg takes as many frames as the rules ask for at most", .enabled(if: hasFFmpeg))
    func longFilm() throws {
        var reader = VideoReader()
        reader.sampling = .qwenUtils(framesPerSecond: 10)
        #expect(try reader(testFilm(seconds: 90)).frames.count == 768)
    }

    @Test("What is no film is refused in ffprobe's words", .enabled(if: hasFFmpeg))
    func noFilm() throws {
        let film = try folder.write("film.mp4", "not a film")
        let error = try #require(#expect(throws: ImageError.self) { try VideoReader()(film) })
        #expect(error.description.contains("ffprobe: "), "\(error)")
    }
}

private let hasFFmpeg = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg")
}
