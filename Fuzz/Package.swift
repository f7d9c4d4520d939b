// swift-tools-version: 6.2
import PackageDescription

// Fuzzing with libFuzzer, apart from the root so that its build does not carry it: `make fuzz`. The harnesses are also
// targets of the root, whose tests run them briefly.

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// libFuzzer brings `main`; a target is a library with an entry point.
let fuzzed = house + [.unsafeFlags(["-parse-as-library"])]

let package = Package(
    name: "Fuzz",
    dependencies: ["Checkpoint", "TensorMath", "Tokenizer", "VisionLanguageModel"].map {
        .package(path: "../Packages/\($0)")
    },
    targets: [
        .target(
            name: "ImageHarness",
            dependencies: [.product(name: "ImageInput", package: "VisionLanguageModel")], swiftSettings: house
        ),
        .executableTarget(name: "fuzz-images", dependencies: ["ImageHarness"], swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz-tokenizer", dependencies: [.product(name: "Tokenizer", package: "Tokenizer")],
            swiftSettings: fuzzed),
        .target(
            name: "CheckpointHarness",
            dependencies: [
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "TensorMath", package: "TensorMath"),
            ], swiftSettings: house),
    ]
        + ["safetensors", "hdf5", "delta"].map {
            .executableTarget(name: "fuzz-\($0)", dependencies: ["CheckpointHarness"], swiftSettings: fuzzed)
        }
)
