// swift-tools-version: 6.2
import PackageDescription

// The umbrella: builds every package and tool into one .build and owns all tests. A root build makes only the
// root's own targets, so `R1` depends on every product; a root test runs only tests declared here.

/// Every package: folder name = package name = product name.
let packages = [
    "Basics", "Outputs", "Settings", "StrictJSON", "Tokenizer", "Checkpoint", "ModelFamilies",
    "CheckpointDiff", "ImageInput", "Parquet",
    "TensorMath", "VisionLanguageModel", "TrainingData", "Rewards", "DataEngine", "Collectives",
    "Rollouts", "PolicyOptimization", "ReportPages", "RunReports", "EventFiles", "RunView",
    "AnswerRules", "Benchmarks", "EvaluationReports", "BenchmarkRuns", "ServerModels", "TrainingRuns",
    "ToolKit",
    "ModelOptions",
    "Terminal", "ChildProcess", "Launching", "ConstrainedOutput", "Serving",
]
/// Every tool, likewise.
let tools = ["r1-convert", "r1-train", "r1-infer", "r1-diff", "r1-data", "r1-eval"]

let everything: [Target.Dependency] =
    (packages + tools).map { .product(name: $0, package: $0) }
    // What the tests of Collectives run on several processes.
    + [
        .product(name: "collectives-check", package: "Collectives"),
        .product(name: "Hashes", package: "Basics"),
    ]

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]

/// Those of targets that compute a lot for the tests: debug builds optimize them, too.
let optimized = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// The packages whose tests do so.
let computing: Set = ["TensorMath", "Checkpoint", "Collectives", "Rewards"]

let package = Package(
    name: "r1",
    dependencies: packages.map { .package(path: "Packages/\($0)") }
        + tools.map { .package(path: "Tools/\($0)") }
        + [.package(url: "https://github.com/apple/swift-log", from: "1.16.2")],
    targets: [
        .target(name: "R1", dependencies: everything, path: "Packages/R1", swiftSettings: settings),
        .target(
            name: "TestKit",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ModelFamilies", package: "ModelFamilies"), "PublishedVocabulary",
            ],
            path: "Tests/TestKit", swiftSettings: optimized),
        // The package Fuzz runs it for hours, the tests for seconds.
        .target(
            name: "ImageHarness", dependencies: [.product(name: "ImageInput", package: "ImageInput")],
            path: "Fuzz/Sources/ImageHarness",
            swiftSettings: optimized
        ),
        .target(
            name: "KeyHarness", dependencies: [.product(name: "Terminal", package: "Terminal")],
            path: "Fuzz/Sources/KeyHarness", swiftSettings: optimized),
        .target(
            name: "CheckpointHarness",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "CheckpointDiff", package: "CheckpointDiff"),
            ], path: "Fuzz/Sources/CheckpointHarness", swiftSettings: optimized),
        .target(
            name: "PublishedVocabulary", path: "Packages/Tokenizer/Benchmarks/Sources/PublishedVocabulary",
            swiftSettings: optimized),
    ]
        + (packages + ["Tool", "Documentation"]).map {
            .testTarget(
                name: "\($0)Tests",
                dependencies: [
                    "TestKit", "ImageHarness", "KeyHarness", "CheckpointHarness", "PublishedVocabulary",
                ]
                    + everything + [.product(name: "Logging", package: "swift-log")],
                path: "Tests/\($0)Tests",
                swiftSettings: computing.contains($0) ? optimized : settings)
        }
)
