// swift-tools-version: 6.2
import PackageDescription

// Fuzzing with libFuzzer, apart from the root so that its build does not carry it: `make fuzz`. The harnesses are also
// targets of the root, whose tests run them briefly.

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// libFuzzer brings `main`; a target is a library with an entry point.
let fuzzed = settings + [.unsafeFlags(["-parse-as-library"])]

let package = Package(
    name: "Fuzz",
    dependencies: [
        "Basics", "Checkpoint", "CheckpointDiff", "ConstrainedOutput", "ImageInput", "ModelFamilies",
        "Parquet", "Rewards", "Serving", "StrictJSON", "Terminal", "Tokenizer",
        "TrainingData",
    ].map { .package(path: "../Packages/\($0)") },
    targets: [
        .target(
            name: "ImageHarness",
            dependencies: [.product(name: "ImageInput", package: "ImageInput")], swiftSettings: settings
        ),
        .executableTarget(name: "fuzz-images", dependencies: ["ImageHarness"], swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz-tokenizer", dependencies: [.product(name: "Tokenizer", package: "Tokenizer")],
            swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz-requests", dependencies: [.product(name: "Serving", package: "Serving")],
            swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz-schemas",
            dependencies: [
                .product(name: "ConstrainedOutput", package: "ConstrainedOutput"),
                .product(name: "StrictJSON", package: "StrictJSON"),
            ], swiftSettings: fuzzed),
        .target(
            name: "KeyHarness", dependencies: [.product(name: "Terminal", package: "Terminal")],
            swiftSettings: settings),
        .executableTarget(name: "fuzz-keys", dependencies: ["KeyHarness"], swiftSettings: fuzzed),
        .target(
            name: "AnswerHarness",
            dependencies: [
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "TrainingData", package: "TrainingData"),
            ], swiftSettings: settings),
        .target(
            name: "RowHarness",
            dependencies: [
                .product(name: "Parquet", package: "Parquet"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
            ], swiftSettings: settings),
        .target(
            name: "CheckpointHarness",
            dependencies: [
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "CheckpointDiff", package: "CheckpointDiff"),
                .product(name: "Basics", package: "Basics"),
            ], swiftSettings: settings),
    ]
        + ["safetensors", "hdf5", "delta", "pickles"].map {
            .executableTarget(name: "fuzz-\($0)", dependencies: ["CheckpointHarness"], swiftSettings: fuzzed)
        }
        + ["boxes", "numbers", "expressions"].map {
            .executableTarget(name: "fuzz-\($0)", dependencies: ["AnswerHarness"], swiftSettings: fuzzed)
        }
        + ["parquet", "rows-tsv", "rows-tar", "layouts"].map {
            .executableTarget(name: "fuzz-\($0)", dependencies: ["RowHarness"], swiftSettings: fuzzed)
        }
)
