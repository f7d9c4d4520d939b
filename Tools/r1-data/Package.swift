// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "r1-data",
    products: [
        .executable(name: "r1-data", targets: ["r1-data"])
    ],
    dependencies: [
        .package(path: "../../Packages/ToolKit"),
        .package(path: "../../Packages/Outputs"),
        .package(path: "../../Packages/Basics"),
        .package(path: "../../Packages/Checkpoint"),
        .package(path: "../../Packages/Collectives"),
        .package(path: "../../Packages/DataEngine"),
        .package(path: "../../Packages/ImageInput"),
        .package(path: "../../Packages/ModelOptions"),
        .package(path: "../../Packages/Rewards"),
        .package(path: "../../Packages/Rollouts"),
        .package(path: "../../Packages/Settings"),
        .package(path: "../../Packages/StrictJSON"),
        .package(path: "../../Packages/TensorMath"),
        .package(path: "../../Packages/Tokenizer"),
        .package(path: "../../Packages/TrainingData"),
        .package(path: "../../Packages/TrainingRuns"),
        .package(path: "../../Packages/VisionLanguageModel"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "r1-data",
            dependencies: [
                .product(name: "ToolKit", package: "ToolKit"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "DataEngine", package: "DataEngine"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "ModelOptions", package: "ModelOptions"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "TrainingRuns", package: "TrainingRuns"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources",
            swiftSettings: settings)
    ]
)
