// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    // The tests spend their time in this package, so debug builds optimize it, too.
    .unsafeFlags(["-O"], .when(configuration: .debug)),
]

let package = Package(
    name: "ModelFamilies",
    products: [
        .library(name: "ModelFamilies", targets: ["ModelFamilies"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(path: "../Checkpoint"),
    ],
    targets: [
        // Optimized in every configuration: at -O0 the tests would crawl.
        .target(
            name: "CLowRank", dependencies: [.product(name: "CHalf", package: "Basics")],
            cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "ModelFamilies",
            dependencies: [
                "CLowRank",
                .product(name: "Basics", package: "Basics"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "Checkpoint", package: "Checkpoint"),
            ],
            swiftSettings: settings),
    ]
)
