// Python's numbers and texts, compared with what Python 3.11 printed.
import Testing

@testable import AnswerRules

@Suite struct PythonTests {
    @Test(
        "Texts are numbers where float() accepts them",
        arguments: [
            ("1e3", 1000), (" .5 ", 0.5), ("1_000", 1000), ("1__0", nil), ("_1", nil), ("1_", nil), ("5.", 5),
            (".", nil), ("1e", nil), ("\u{3000}12\u{1F}", 12), ("١٢", 12), ("−5", nil), ("+5", 5),
            ("--5", nil),
            ("0x10", nil), ("1,000", nil), ("infinit", nil), ("1e-400", 0), ("", nil), ("1 2", nil),
        ] as [(String, Double?)])
    func floats(text: String, value: Double?) { #expect(PythonText(text).float == value) }

    @Test("float() knows infinity and not a number in any case")
    func special() {
        #expect(PythonText(" -INF").float == -.infinity)
        #expect(PythonText("Infinity").float == .infinity)
        #expect(PythonText("1e400").float == .infinity)
        #expect(PythonText("+NaN").float?.isNaN == true)
    }

    @Test(
        "round() rounds the exact value, ties to even",
        arguments: [
            (2.675, 2, "2.67"), (0.125, 2, "0.12"), (0.375, 2, "0.38"), (1.25, 1, "1.2"), (1.35, 1, "1.4"),
            (-4.25, 1, "-4.2"), (5, 1, "5.0"), (1e22, 2, "1e+22"), (0.00001, 7, "1e-05"),
            (0.0001, 4, "0.0001"),
            (15, -1, "20.0"), (25, -1, "20.0"), (25.000001, -1, "30.0"), (951, -2, "1000.0"), (49, -2, "0.0"),
            (123456789012345680, 2, "1.2345678901234568e+17"),
            (12_345_678_901_234_568, 0, "1.2345678901234568e+16"),
            (9999999999999998, 1, "9999999999999998.0"), (1e16, 1, "1e+16"), (-0.001, 2, "-0.0"),
            (1e-7, 400, "1e-07"),
        ] as [(Double, Int, String)])
    func rounding(value: Double, places: Int, text: String) {
        #expect(PythonNumber.text(PythonNumber.rounded(value, places: places)) == text)
    }

    @Test("int() drops the fraction and prints all digits")
    func truncation() {
        #expect(PythonNumber.truncatedText(1e30) == "1000000000000000019884624838656")
        #expect(PythonNumber.truncatedText(-0.9) == "0")
        #expect(PythonNumber.truncatedText(-14.9) == "-14")
        #expect(PythonNumber.truncatedText(.infinity) == nil)
        #expect(PythonText(" 0_12 ").integerDigits?.digits == "12")
        #expect(PythonText("-0").integerDigits?.isNegative == false)
        #expect(PythonText("1.0").integerDigits == nil)
        #expect(PythonText(String(repeating: "1", count: 4301)).integerDigits == nil)
    }

    @Test("Lower case has final sigmas and full mappings")
    func lowerCase() {
        #expect(PythonText("ΑΣ ΣΑ Σ ΑΣ.").lowercased.string == "ας σα σ ας.")
        #expect(PythonText("İ").lowercased.points == [0x69, 0x307])
        #expect(PythonText("ẞK").lowercased.points == [0xDF, 0x6B])
    }

    @Test("Texts are split, stripped and searched as Python does")
    func texts() {
        let text: PythonText = "a,,b,"
        #expect(text.split(",") == ["a", "", "b", ""])
        #expect(PythonText("\u{A0} a\u{1C}b\u{2028}").words == ["a", "b"])
        #expect(PythonText("\u{200B}a").stripped.count == 2)
        #expect(PythonText("aaaa").places(of: "aa") == [0, 2])
        #expect(PythonText("aaaa").findLast("aa") == 2)
        #expect(PythonText("abcabd").find("abd") == 3)
        #expect(PythonText("abab").find("ab", from: 1) == 2)
        #expect(PythonText("ab").find("abc") == nil && PythonText("").contains(""))
        #expect(PythonText("e\u{301}") != PythonText("\u{E9}"))
    }

    @Test("Lists in Python's form are read and printed")
    func literals() {
        #expect(
            PythonLiteral.list("[\"No\", 'it\\'s', 3, 2.50, -1, None, [1]]")?.map(\.printed) == [
                "No", "it's", "3", "2.5", "-1", "None", "[1]",
            ])
        for text in ["[a]", "[1", "1", "[1,,2]", "(1, 2)", "[01]", "['a' 'b']", "[1] x"] {
            #expect(PythonLiteral.list(text) == nil, "\(text)")
        }
        #expect(PythonLiteral.represented(["a", "it's", "\"'"]) == #"['a', "it's", '"\'']"#)
    }

    @Test(
        "Arithmetic gives what eval() gives",
        arguments: [
            ("3**2", "9"), ("-3**2", "-9"), ("2**-1", "0.5"), ("7//2", "3"), ("-7//2", "-4"), ("-7%3", "2"),
            ("7/2", "3.5"), ("6/2", "3.0"), ("2^3", "1"), ("6&3|8", "10"), ("1<<4>>1", "8"), ("~5", "-6"),
            ("0x1f", "31"), ("1_0", "10"), ("12 # cm", "12"), ("1e-3", "0.001"), ("00", "0"), ("012", nil),
            ("1,000", nil), ("2(3)", nil), ("x", nil), ("1/0", nil), ("(-8)**(1/3)", nil), ("", nil),
            ("2 3", nil),
            ("10**30", "1000000000000000000000000000000"), ("2**3**2", "512"), ("- - 3", "3"),
            ("3 / / 2", nil),
        ] as [(String, String?)])
    func arithmetic(text: String, value: String?) {
        #expect(PythonArithmetic.value(of: PythonText(text))?.text == value)
    }

    @Test(
        "LaTeX has the values of latex2sympy2",
        arguments: [
            ("1:2", "0.5"), ("1/2\\pi", "0.16"), ("2^{3}^2", "64"), ("2^12", "4096"), ("-3^2", "-9"),
            ("2(3)", "6"),
            ("3\\frac{1}{2}", "1.5"), ("\\frac12", nil), ("\\sqrt[3]{8}", "2.0"), ("\\sqrt{-1}", nil),
            ("1,200", "1200"),
            ("12,3456", "74070"), ("1,20", nil), ("3.0", "3"), ("12cm", nil), ("6trees", "6"), ("2)", "2"),
            ("x=3", "3"),
            ("20\\%", "0.2"), ("5!", "120"), ("2.5!", nil), ("$4\\pi-2\\sqrt{3}$", "9.1"), ("0/5", "0.0"),
            ("1/0", nil),
            ("\\left(2+3\\right)\\times4", "20"), ("2'", "2"), ("(2", nil), ("", nil), ("0^{-1}", nil),
        ] as [(String, String?)])
    func latex(text: String, value: String?) {
        #expect((try? LatexValue.of(PythonText(text)))?.hundredths?.text == value)
    }

    @Test("Commands that the reference computes and this does not are counted")
    func beyond() throws {
        let rule = try AnswerRule.named("mathvision.official")
        func isTextOnly(_ answer: String) throws -> Bool {
            try rule.judge(RuleInput(prediction: answer, gold: .text("1"))).isTextOnly
        }
        #expect(try isTextOnly("\\boxed{\\cos 0}"))
        #expect(try !isTextOnly("\\boxed{1}"))
        #expect(try !isTextOnly("a word"))
    }

    @Test("The edit distance is that of Levenshtein, beyond 64 characters too")
    func distances() {
        func plain(_ a: [UInt32], _ b: [UInt32]) -> Int {
            var row = Array(0...b.count)
            for (i, x) in a.enumerated() {
                var previous = row[0]
                row[0] = i + 1
                for (j, y) in b.enumerated() {
                    let next = min(row[j + 1] + 1, row[j] + 1, previous + (x == y ? 0 : 1))
                    (previous, row[j + 1]) = (row[j + 1], next)
                }
            }
            return row[b.count]
        }
        var state: UInt32 = 7
        func random(_ limit: UInt32) -> UInt32 {
            state = state &* 1_664_525 &+ 1_013_904_223
            return (state >> 8) % limit
        }
        for _ in 0..<200 {
            let texts = (0..<2).map { _ in (0..<random(200)).map { _ in random(3) } }
            #expect(editDistance(texts[0], texts[1]) == plain(texts[0], texts[1]))
        }
    }
}
