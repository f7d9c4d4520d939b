// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // The tests spend their time in this package, so debug builds optimize it, too.
    .unsafeFlags(["-O"], .when(configuration: .debug)),
]

let package = Package(
    name: "VisionLanguageModel",
    products: [
        .library(name: "VisionLanguageModel", targets: ["VisionLanguageModel"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Settings"),
        .package(path: "../StrictJSON"),
        .package(path: "../TensorMath"),
        .package(path: "../Checkpoint"),
        .package(path: "../ModelFamilies"),
        .package(path: "../Tokenizer"),
        .package(path: "../ImageInput"),
    ],
    targets: [
        .target(
            name: "VisionLanguageModel",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "ImageInput", package: "ImageInput"),
            ],
            swiftSettings: settings)
    ]
)
