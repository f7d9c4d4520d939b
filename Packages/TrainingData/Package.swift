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
    name: "TrainingData",
    products: [
        .library(name: "TrainingData", targets: ["TrainingData"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Parquet"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "TrainingData",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Parquet", package: "Parquet"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings)
    ]
)
