// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "TrainingRuns",
    products: [
        .library(name: "TrainingRuns", targets: ["TrainingRuns"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../EvaluationReports"),
        .package(path: "../Benchmarks"),
        .package(path: "../BenchmarkRuns"),
        .package(path: "../Settings"),
        .package(path: "../Checkpoint"),
        .package(path: "../Collectives"),
        .package(path: "../DataEngine"),
        .package(path: "../ModelFamilies"),
        .package(path: "../EventFiles"),
        .package(path: "../Outputs"),
        .package(path: "../PolicyOptimization"),
        .package(path: "../Rewards"),
        .package(path: "../Rollouts"),
        .package(path: "../RunReports"),
        .package(path: "../StrictJSON"),
        .package(path: "../TensorMath"),
        .package(path: "../Tokenizer"),
        .package(path: "../TrainingData"),
        .package(path: "../VisionLanguageModel"),
    ],
    targets: [
        .target(
            name: "TrainingRuns",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "EvaluationReports", package: "EvaluationReports"),
                .product(name: "Benchmarks", package: "Benchmarks"),
                .product(name: "BenchmarkRuns", package: "BenchmarkRuns"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "DataEngine", package: "DataEngine"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "EventFiles", package: "EventFiles"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "PolicyOptimization", package: "PolicyOptimization"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "RunReports", package: "RunReports"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
            ],
            swiftSettings: settings)
    ]
)
