// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ModelOptions",
    products: [
        .library(name: "ModelOptions", targets: ["ModelOptions"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Checkpoint"),
        .package(path: "../Collectives"),
        .package(path: "../ImageInput"),
        .package(path: "../ModelFamilies"),
        .package(path: "../Settings"),
        .package(path: "../TensorMath"),
        .package(path: "../Tokenizer"),
        .package(path: "../ToolKit"),
        .package(path: "../VisionLanguageModel"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(
            name: "ModelOptions",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Collectives", package: "Collectives"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "ToolKit", package: "ToolKit"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings)
    ]
)
