// Settings: reading over present values, ranges, messages with path and line, descriptions.
import Testing

@testable import Settings

private struct Inner: SettingGroup {
    enum Shape: String, CaseIterable { case round, square }
    var shape = Shape.round
    var words: [String] = []

    static var settings: [Setting<Self>] {
        [
            .value("shape", \.shape, .choice(aliases: ["circle": .round]), "The shape."),
            .list("words", \.words, of: .nonEmpty("a word"), atLeast: 1, "a list of words", "Words."),
        ]
    }
}

private struct Outer: SettingGroup {
    var count = 3
    var share = 0.5
    var isOn = false
    var name = ""
    var inner = Inner()
    var byName: [String: Inner] = [:]
    var many: [Inner] = []

    static var settings: [Setting<Self>] {
        [
            .value("count", \.count, .whole(1...10, "apples", or: (0, "all")), "How many."),
            .value("share", \.share, .number(from: 0, below: 1), "A share."),
            .value("isOn", \.isOn, .flag, "Whether."), .value("name", \.name, .text("a name"), "A name."),
            .group("inner", \.inner), .table("byName", \.byName, by: "NAME", "By name."),
            .groups("many", \.many, "Many."),
        ]
    }
}

private func word(_ text: String) -> SettingNode { SettingNode(.scalar(text, isText: false), line: 7) }

private func table(_ members: (String, SettingNode)...) -> SettingNode {
    SettingNode(.table(members.map { .init($0.0, $0.1) }), line: 7)
}

@Suite("Settings")
struct SettingsTests {
    @Test("Values or a word for none, and settings of a part under their own names")
    func noneAndParts() throws {
        struct Limits: SettingGroup {
            var most: Int? = nil
            static var settings: [Setting<Self>] {
                [.value("most", \.most, Accepted.whole(1...9, "apples").orNone("auto"), "The most.")]
            }
        }
        struct Whole: SettingGroup {
            var limits = Limits()
            static var settings: [Setting<Self>] { Limits.settings.map { .part(\.limits, $0) } }
        }
        var whole = Whole()
        try whole.set("most", to: "4")
        #expect(whole.limits.most == 4)
        #expect(throws: SettingError.self) { try whole.set("most", to: "10") }
        #expect(throws: SettingError.self) { try whole.set("most", to: "none") }
        try whole.set("most", to: "auto")
        #expect(whole.limits.most == nil)
        let text = Whole.descriptions().first
        #expect(text?.path == "most" && text?.initial == "auto")
        #expect(text?.accepted == "auto or a whole number from 1 to 9 (apples)")
        whole.limits.most = 0
        #expect(throws: SettingError.self) { try whole.check() }
    }

    @Test("A part of the tree is read; the rest keeps its values, also inside tables by name")
    func overlay() throws {
        var outer = Outer()
        outer.name = "kept"
        try outer.read(
            table(
                ("count", word("0")), ("inner", table(("shape", word("circle")))),
                ("byName", table(("a", table(("words", SettingNode(.list([word("x")])))))))))
        #expect(outer.count == 0 && outer.name == "kept" && outer.inner.shape == .round)
        #expect(outer.byName["a"]?.words == ["x"] && outer.byName["a"]?.shape == .round)
        try outer.read(table(("byName", table(("a", table(("shape", word("square"))))))))
        #expect(outer.byName["a"]?.words == ["x"] && outer.byName["a"]?.shape == .square)
    }

    @Test(
        "A bad value is refused with path, line, range and unit, and what was found",
        arguments: [
            ("count", "11", "0 (all) or a whole number from 1 to 10 (apples)"),
            ("count", "-1", "a whole number"),
            ("count", "99999999999999999999", "a whole number"), ("count", "", "found nothing"),
            ("count", "1.0", "a whole number"), ("share", "1", "from 0 to below 1"),
            ("share", "nan", "a number"),
            ("share", "inf", "a number"), ("share", "1e999", "a number"), ("isOn", "2", "true or false"),
        ])
    func bad(_ name: String, _ text: String, _ part: String) throws {
        var outer = Outer()
        let error = try #require(
            #expect(throws: SettingError.self) { try outer.read(table((name, word(text)))) })
        #expect(error.line == 7)
        #expect(error.description.hasPrefix("setting \(name): expected "), "\(error)")
        #expect(error.description.contains(part), "\(error)")
        #expect(outer == Outer())
    }

    @Test("A wrong word lists the words; lists and tables in the wrong place are named")
    func kinds() throws {
        func message(_ node: SettingNode) throws -> String {
            var outer = Outer()
            return try #require(#expect(throws: SettingError.self) { try outer.read(node) }).description
        }
        let shape = try message(table(("inner", table(("shape", word("flat"))))))
        #expect(shape == "setting inner.shape: expected round, square or circle, found flat")
        #expect(try message(table(("count", table()))).contains("found a table"))
        #expect(try message(table(("inner", word("3")))).contains("inner: expected a table"))
        #expect(try message(table(("many", word("3")))).contains("many: expected a list of tables"))
        let item = SettingNode(.list([word("a"), word("")]))
        #expect(
            try message(table(("inner", table(("words", item))))).contains("inner.words[1]: expected a word"))
        #expect(try message(table(("cuont", word("1")))) == "unknown setting cuont; did you mean count?")
        #expect(try message(table(("byName", table(("a", table(("x", word("")))))))).contains("byName.a.x"))
    }

    @Test("The check finds values that no file gave")
    func check() throws {
        var outer = Outer()
        outer.inner.words = ["x"]
        try outer.check()
        outer.byName["a"] = Inner()
        #expect(throws: SettingError.self) { try outer.check() }
        outer.byName["a"]?.words = ["y"]
        outer.share = .nan
        let error = #expect(throws: SettingError.self) { try outer.check(at: "top") }
        #expect(error?.description.hasPrefix("setting top.share") == true)
    }

    @Test("What is written reads as the same values")
    func writing() throws {
        var outer = Outer()
        (outer.count, outer.share, outer.isOn, outer.name) = (7, 1.0 / 3, true, "no")
        outer.byName["a"] = Inner(shape: .square, words: ["true", "12"])
        outer.many = [Inner(words: ["z"])]
        outer.inner.words = ["w"]
        var again = Outer()
        try again.read(outer.node)
        #expect(again == outer)
    }

    @Test("Descriptions have path, default, accepted values and meaning")
    func descriptions() {
        let all = Outer.descriptions()
        #expect(all.map(\.path).contains("inner.shape") && all.map(\.path).contains("byName.NAME.words"))
        let count = all.first { $0.path == "count" }
        #expect(
            count?.initial == "3" && count?.accepted.contains("apples") == true
                && count?.summary == "How many.")
    }
}
