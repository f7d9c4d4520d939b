// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Rollouts",
    products: [
        .library(name: "Rollouts", targets: ["Rollouts"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Checkpoint"),
        .package(path: "../Collectives"),
        .package(path: "../Settings"),
        .package(path: "../ImageInput"),
        .package(path: "../Rewards"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(path: "../TrainingData"),
        .package(path: "../ModelFamilies"),
        .package(path: "../VisionLanguageModel"),
    ],
    targets: [
        .target(
            name: "Rollouts",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
            ],
            swiftSettings: settings)
    ]
)
