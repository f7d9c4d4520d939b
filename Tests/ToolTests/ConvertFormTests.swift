// r1-convert's deltas, styles, types and inspection, as a user runs them.
import Basics
import Foundation
import TestKit
import Testing

@Suite struct ConvertFormTests {
    let folder = TemporaryFolder()
    let tiny = Fixtures.url("checkpoints/qwen25vl-tiny").path
    let other = Fixtures.url("checkpoints/qwen25vl-tiny-ref").path

    @Test("Deltas in a chain give the same file again, and the wrong base is refused")
    func deltas() throws {
        #expect(try convert(tiny, folder.path("a.h5")).exitCode == 0)
        #expect(try convert(other, folder.path("b.h5")).exitCode == 0)
        let made = try convert("delta", folder.path("a.h5"), folder.path("b.h5"), "-o", folder.path("ab"))
        #expect(made.exitCode == 0 && made.errors.isEmpty, "\(made.testDescription)")
        let chain = "\(folder.path("a.h5"))+\(folder.path("ab"))"
        #expect(try convert("delta", chain, tiny, "-o", folder.path("ba")).exitCode == 0)

        let back = try convert(
            "apply", folder.path("a.h5"), folder.path("ab"), folder.path("ba"), "-o", folder.path("again.h5"))
        #expect(back.exitCode == 0, "\(back.testDescription)")
        #expect(try Data(contentsOf: folder.url("again.h5")) == Data(contentsOf: folder.url("a.h5")))
        #expect(
            try convert("apply", folder.path("a.h5"), folder.path("ab"), "-o", folder.path("dir")).exitCode
                == 0)
        #expect(try diff(other, folder.path("dir")).exitCode == 0)
        #expect(try diff(chain, folder.path("b.h5")).exitCode == 0)

        for command in [
            ["apply", folder.path("b.h5"), folder.path("ab"), "-o", folder.path("c.h5")],
            [folder.path("b.h5") + "+" + folder.path("ab"), folder.path("c.h5")],
        ] {
            expectTrouble(
                try run("r1-convert", command), from: "r1-convert",
                naming: [folder.path("ab"), "made from", folder.path("b.h5")])
        }
        #expect(!folder.has("c.h5"))
        expectTrouble(
            try convert("delta", tiny, other, "-o", folder.path("ab")), from: "r1-convert",
            naming: ["ab", "already exists", "--overwrite"])
    }

    @Test("verify and inspect know a delta alone and on its base")
    func deltaAlone() throws {
        #expect(try convert("delta", tiny, other, "-o", folder.path("d")).exitCode == 0)
        for file in [folder.path("d"), "\(tiny)+\(folder.path("d"))"] {
            let verified = try convert("verify", file)
            #expect(
                verified.exitCode == 0 && verified.output.contains("sound"), "\(verified.testDescription)")
            #expect(try convert("inspect", "--brief", file).exitCode == 0)
        }
        #expect(try convert("inspect", folder.path("d")).output.contains("base "))
        expectTrouble(
            try convert(folder.path("d"), folder.path("x.h5")), from: "r1-convert",
            naming: [folder.path("d"), "a delta", "BASE+"])
    }

    @Test("verify says in which bytes of the file the damage is")
    func damagedBytes() throws {
        #expect(try convert(tiny, folder.path("a.h5")).exitCode == 0)
        var bytes = try Data(contentsOf: folder.url("a.h5"))
        let side = try Data(contentsOf: URL(fileURLWithPath: tiny + "/vocab.json"))
        let place = try #require(bytes.range(of: side))
        bytes[place.lowerBound + 5] ^= 1
        try bytes.write(to: folder.url("a.h5"))
        let result = try convert("verify", folder.path("a.h5"))
        #expect(
            result.output.contains("files: vocab.json: bytes \(place.lowerBound) to \(place.upperBound): "),
            "\(result.testDescription)")
    }

    @Test("Another style gives the other public names, and the way back gives the first file's tensors")
    func styles() throws {
        let there = try convert("--style", "nested", tiny, folder.path("nested"))
        #expect(there.exitCode == 0, "\(there.testDescription)")
        let names = try convert("inspect", "--json", folder.path("nested")).output
        #expect(names.contains("\"model.language_model.layers.0.self_attn.q_proj.weight\""))
        #expect(names.contains("\"style\" : \"nested\""))
        #expect(try convert("--style", "hf", folder.path("nested"), folder.path("back.h5")).exitCode == 0)
        #expect(try diff(tiny, folder.path("back.h5")).exitCode == 0)
        expectTrouble(
            try convert("--style", "original", tiny, folder.path("x")), from: "r1-convert",
            naming: ["qwen2_5_vl", "original", "hf, nested"])
    }

    @Test(
        "With a public directory's side files another style is the other public form, and the way back the same",
        arguments: [
            ("internvl-tiny-hf", "hf", "internvl-tiny-orig", "original", "internvl_chat"),
            ("internvl-internlm2-tiny-orig", "internlm2", "internvl-internlm2-tiny-hf", "hf", "internvl"),
        ])
    func publicForms(_ name: String, _ style: String, _ other: String, _ otherStyle: String, _ family: String)
        throws
    {
        let (from, to) = (
            Fixtures.url("checkpoints/\(name)").path, Fixtures.url("checkpoints/\(other)").path
        )
        let there = try convert(
            "--style", otherStyle, "--side-files", to, from, folder.path("there.h5"))
        #expect(there.exitCode == 0, "\(there.testDescription)")
        let kind = try convert("inspect", "--brief", folder.path("there.h5")).output
        #expect(kind.contains("family \(family), \(otherStyle) names"), "\(kind)")
        let back = try convert(
            "--style", style, "--side-files", from, folder.path("there.h5"), folder.path("back"))
        #expect(back.exitCode == 0, "\(back.testDescription)")
        let same = try diff(from, folder.path("back"))
        #expect(same.exitCode == 0, "\(same.testDescription)")
        // Another model's config.json does not fit.
        expectTrouble(
            try convert("--side-files", tiny, from, folder.path("x.h5")), from: "r1-convert",
            naming: ["tensor"])
        #expect(!folder.has("x.h5"))
    }

    @Test("Another type is told tensor by tensor with the largest error, and exact ones are counted")
    func types() throws {
        let wide = try convert("--dtype", "f32", tiny, folder.path("wide"))
        #expect(wide.exitCode == 0 && wide.lines.count == 2, "\(wide.testDescription)")
        #expect(wide.output.contains("became float32"))
        let half = try convert("--dtype", "f16", tiny, folder.path("half.h5"))
        #expect(half.output.contains("bfloat16 to float16, largest error "), "\(half.testDescription)")
        #expect(try convert("--dtype", "bf16", folder.path("wide"), folder.path("back.h5")).exitCode == 0)
        #expect(try diff(tiny, folder.path("back.h5")).exitCode == 0)
        #expect(try convert("--dtype", "int8", tiny, folder.path("x.h5")).exitCode == 64)
    }

    @Test("inspect prints the tree and what the model needs; --json is one object")
    func inspection() throws {
        #expect(try convert(tiny, folder.path("a.h5")).exitCode == 0)
        let text = try convert("inspect", folder.path("a.h5"))
        for part in [
            "HDF5 mapped", "family qwen2_5_vl", "identity", "to serve:", "to train:", "3 alike, each",
        ] {
            #expect(text.output.contains(part), "\(part): \(text.testDescription)")
        }
        let json =
            try JSONSerialization.jsonObject(
                with: Data(try convert("inspect", "--json", folder.path("a.h5")).output.utf8))
            as? [String: Any]
        #expect((json?["identity"] as? String)?.count == 64)
        #expect((json?["tensors"] as? [Any])?.isEmpty == false)
        expectTrouble(
            try convert("inspect", folder.path("absent.h5")), from: "r1-convert", naming: ["absent.h5"])
    }
}
