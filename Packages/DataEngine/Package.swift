// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "DataEngine",
    products: [
        .library(name: "DataEngine", targets: ["DataEngine"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../ImageInput"),
        .package(path: "../Outputs"),
        .package(path: "../Parquet"),
        .package(path: "../Rewards"),
        .package(path: "../Settings"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(path: "../TrainingData"),
    ],
    targets: [
        .target(
            name: "DataEngine",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Hashes", package: "Basics"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Parquet", package: "Parquet"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
            ],
            swiftSettings: settings)
    ]
)
