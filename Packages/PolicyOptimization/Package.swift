// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "PolicyOptimization",
    products: [
        .library(name: "PolicyOptimization", targets: ["PolicyOptimization"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Settings"),
        .package(path: "../Collectives"),
        .package(path: "../Rewards"),
        .package(path: "../Rollouts"),
        .package(path: "../StrictJSON"),
        .package(path: "../TensorMath"),
        .package(path: "../Tokenizer"),
        .package(path: "../TrainingData"),
        .package(path: "../ModelFamilies"),
        .package(path: "../VisionLanguageModel"),
    ],
    targets: [
        .target(
            name: "PolicyOptimization",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
            ],
            swiftSettings: settings)
    ]
)
