// swift-tools-version: 6.2
import PackageDescription

// The umbrella: builds every package and tool into one .build and owns all tests. A root build makes only the
// root's own targets, so `R1` depends on every product; a root test runs only tests declared here.

/// Every package: folder name = package name = product name.
let packages = [
    "TensorMath", "StrictJSON", "Checkpoint", "Tokenizer", "VisionLanguageModel", "Rewards", "TrainingData",
    "Collectives", "GRPO",
]
/// Every tool, likewise.
let tools = ["r1-convert", "r1-train", "r1-infer", "r1-diff"]
/// Products whose package has another name.
let others: [Target.Dependency] = [.product(name: "ImageInput", package: "VisionLanguageModel")]

let everything: [Target.Dependency] = (packages + tools).map { .product(name: $0, package: $0) } + others

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "r1",
    dependencies: packages.map { .package(path: "Packages/\($0)") }
        + tools.map { .package(path: "Tools/\($0)") },
    targets: [
        .target(name: "R1", dependencies: everything, path: "Packages/R1", swiftSettings: house),
        .target(
            name: "TestKit",
            dependencies: [
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Checkpoint", package: "Checkpoint"), "PublishedVocabulary",
            ],
            path: "Tests/TestKit", swiftSettings: house),
        // The package Fuzz runs it for hours, the tests for seconds.
        .target(
            name: "ImageHarness", dependencies: others, path: "Fuzz/Sources/ImageHarness",
            swiftSettings: house
        ),
        .target(
            name: "CheckpointHarness",
            dependencies: [
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Checkpoint", package: "Checkpoint"),
            ], path: "Fuzz/Sources/CheckpointHarness", swiftSettings: house),
        .target(
            name: "PublishedVocabulary", path: "Packages/Tokenizer/Benchmarks/Sources/PublishedVocabulary",
            swiftSettings: house),
    ]
        + (packages + ["ImageInput", "Tool"]).map {
            .testTarget(
                name: "\($0)Tests",
                dependencies: ["TestKit", "ImageHarness", "CheckpointHarness", "PublishedVocabulary"]
                    + everything,
                path: "Tests/\($0)Tests", swiftSettings: house)
        }
)
