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
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(
            name: "BenchmarkRuns",
            dependencies: [
                .product(name: "AnswerRules", package: "AnswerRules"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "Benchmarks", package: "Benchmarks"),
                .product(name: "Checkpoint", package: "Checkpoint"),
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
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings)
    ]
)
