// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "BenchmarkRuns",
    products: [
        .library(name: "BenchmarkRuns", targets: ["BenchmarkRuns"])
    ],
    dependencies: [
        .package(path: "../AnswerRules"),
        .package(path: "../Basics"),
        .package(path: "../Benchmarks"),
        .package(path: "../Checkpoint"),
        .package(path: "../Collectives"),
        .package(path: "../EvaluationReports"),
        .package(path: "../ImageInput"),
        .package(path: "../ModelFamilies"),
        .package(path: "../Outputs"),
        .package(path: "../Rewards"),
        .package(path: "../Rollouts"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(path: "../TrainingData"),
        .package(path: "../VisionLanguageModel"),
    ],
    targets: [
        .target(
            name: "BenchmarkRuns",
            dependencies: [
                .product(name: "AnswerRules", package: "AnswerRules"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "Benchmarks", package: "Benchmarks"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "EvaluationReports", package: "EvaluationReports"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
            ],
            swiftSettings: settings)
    ]
)
