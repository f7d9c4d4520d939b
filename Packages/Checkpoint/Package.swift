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
    name: "Checkpoint",
    products: [
        .library(name: "Checkpoint", targets: ["Checkpoint"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Outputs"),
        .package(path: "../StrictJSON"),
    ],
    targets: [
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLinux"),
        // Optimized in every configuration: at -O0 the tests would crawl.
        .target(
            name: "CChunks", dependencies: ["CHDF5", "CZstd", .product(name: "CHalf", package: "Basics")],
            cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "Checkpoint",
            dependencies: [
                "CHDF5", "CZstd", "CChunks", "CLinux",
                .product(name: "Basics", package: "Basics"),
                .product(name: "Hashes", package: "Basics"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "StrictJSON", package: "StrictJSON"),
            ],
            swiftSettings: settings),
    ]
)
