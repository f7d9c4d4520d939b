// The benchmarks that are read, and how file names spell them.

/// A benchmark.
public enum Benchmark: String, Sendable, CaseIterable, Codable {
    /// MathVista: mathematics in pictures; choices and numbers.
    case mathvista
    /// MATH-Vision: problems of mathematics contests.
    case mathvision
    /// MMMU: college questions of 30 subjects, with up to 7 pictures.
    case mmmu
    /// MMStar: 1,500 choices that need the picture.
    case mmstar
    /// MMBench: choices that are asked once for each rotation of their options.
    case mmbench
    /// AI2D: diagrams of school science.
    case ai2d
    /// ChartQA: questions about charts, half by people and half generated.
    case chartqa
    /// RefCOCO, RefCOCO+ and RefCOCOg: boxes of described objects.
    case refcoco
    /// Rows of the project's own record or of any layout of training data.
    case custom

    /// The name as papers write it.
    public var title: String {
        switch self {
        case .mathvista: "MathVista"
        case .mathvision: "MathVision"
        case .mmmu: "MMMU"
        case .mmstar: "MMStar"
        case .mmbench: "MMBench"
        case .ai2d: "AI2D"
        case .chartqa: "ChartQA"
        case .refcoco: "RefCOCO"
        case .custom: "custom"
        }
    }

    /// The benchmark that a path names, by the part nearest to its end; nil when no part names one.
    ///
    /// `MathVision.tsv`, `mathv-test.jsonl` and `data/MMMU/validation-00000-of-00001.parquet` do.
    init?(namedIn path: String) {
        for part in path.split(separator: "/").reversed() {
            let name = part.lowercased().filter { $0.isLetter || $0.isNumber }
            let words: [(String, Benchmark)] = [
                ("mathvista", .mathvista), ("mathvision", .mathvision), ("mmmu", .mmmu), ("mmstar", .mmstar),
                ("mmbench", .mmbench), ("ai2d", .ai2d), ("chartqa", .chartqa), ("refcoco", .refcoco),
            ]
            if let found = words.first(where: { name.contains($0.0) }) {
                self = found.1
                return
            }
            if part.lowercased().hasPrefix("mathv-") || part.lowercased().hasPrefix("math-v") {
                self = .mathvision
                return
            }
        }
        return nil
    }
}
