// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
]

let package = Package(
    name: "CheckpointDiff",
    products: [
        .library(name: "CheckpointDiff", targets: ["CheckpointDiff"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Outputs"),
        .package(path: "../StrictJSON"),
        .package(path: "../Checkpoint"),
        .package(path: "../ModelFamilies"),
    ],
    targets: [
        // Optimized in every configuration: at -O0 the tests would crawl.
        .target(
            name: "CCompare", dependencies: [.product(name: "CHalf", package: "Basics")],
            cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "CheckpointDiff",
            dependencies: [
                "CCompare",
                .product(name: "Basics", package: "Basics"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
            ],
            swiftSettings: settings),
    ]
)
