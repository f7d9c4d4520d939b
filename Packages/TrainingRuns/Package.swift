// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "GRPO",
    products: [
        .library(name: "GRPO", targets: ["GRPO"])
    ],
    dependencies: [
        .package(path: "../ModelFamilies"),
        .package(path: "../ImageInput"),
        .package(path: "../Basics"),
        .package(path: "../VisionLanguageModel"),
        .package(path: "../Rewards"),
        .package(path: "../TrainingData"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(path: "../Checkpoint"),
        .package(path: "../Collectives"),
        .package(path: "../TensorMath"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "GRPO",
            dependencies: [
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings)
    ]
)
