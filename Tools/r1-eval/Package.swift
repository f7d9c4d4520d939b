// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "r1-eval",
    products: [
        .executable(name: "r1-eval", targets: ["r1-eval"])
    ],
    dependencies: [
        .package(path: "../../Packages/AnswerRules"),
        .package(path: "../../Packages/Basics"),
        .package(path: "../../Packages/BenchmarkRuns"),
        .package(path: "../../Packages/Checkpoint"),
        .package(path: "../../Packages/Collectives"),
        .package(path: "../../Packages/Benchmarks"),
        .package(path: "../../Packages/EvaluationReports"),
        .package(path: "../../Packages/ModelFamilies"),
        .package(path: "../../Packages/ModelOptions"),
        .package(path: "../../Packages/Outputs"),
        .package(path: "../../Packages/Rewards"),
        .package(path: "../../Packages/Rollouts"),
        .package(path: "../../Packages/ServerModels"),
        .package(path: "../../Packages/Settings"),
        .package(path: "../../Packages/StrictJSON"),
        .package(path: "../../Packages/ToolKit"),
        .package(path: "../../Packages/TrainingRuns"),
        .package(path: "../../Packages/VisionLanguageModel"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "r1-eval",
            dependencies: [
                .product(name: "AnswerRules", package: "AnswerRules"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "BenchmarkRuns", package: "BenchmarkRuns"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "Benchmarks", package: "Benchmarks"),
                .product(name: "EvaluationReports", package: "EvaluationReports"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "ModelOptions", package: "ModelOptions"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "ServerModels", package: "ServerModels"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "ToolKit", package: "ToolKit"),
                .product(name: "TrainingRuns", package: "TrainingRuns"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources",
            swiftSettings: settings)
    ]
)
