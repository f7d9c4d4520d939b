// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "r1-train",
    products: [
        .executable(name: "r1-train", targets: ["r1-train"])
    ],
    dependencies: [
        .package(path: "../../Packages/ToolKit"),
        .package(path: "../../Packages/Settings"),
        .package(path: "../../Packages/ModelFamilies"),
        .package(path: "../../Packages/ModelOptions"),
        .package(path: "../../Packages/Basics"),
        .package(path: "../../Packages/Collectives"),
        .package(path: "../../Packages/Outputs"),
        .package(path: "../../Packages/Checkpoint"),
        .package(path: "../../Packages/ChildProcess"),
        .package(path: "../../Packages/Launching"),
        .package(path: "../../Packages/PolicyOptimization"),
        .package(path: "../../Packages/Rollouts"),
        .package(path: "../../Packages/RunReports"),
        .package(path: "../../Packages/RunView"),
        .package(path: "../../Packages/Terminal"),
        .package(path: "../../Packages/TrainingRuns"),
        .package(path: "../../Packages/TensorMath"),
        .package(path: "../../Packages/VisionLanguageModel"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "r1-train",
            dependencies: [
                .product(name: "ToolKit", package: "ToolKit"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "ModelOptions", package: "ModelOptions"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ChildProcess", package: "ChildProcess"),
                .product(name: "Launching", package: "Launching"),
                .product(name: "PolicyOptimization", package: "PolicyOptimization"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "RunReports", package: "RunReports"),
                .product(name: "RunView", package: "RunView"),
                .product(name: "Terminal", package: "Terminal"),
                .product(name: "TrainingRuns", package: "TrainingRuns"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources",
            swiftSettings: settings)
    ]
)
