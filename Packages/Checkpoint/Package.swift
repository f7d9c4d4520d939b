// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
]

let package = Package(
    name: "Checkpoint",
    products: [
        .library(name: "Checkpoint", targets: ["Checkpoint"])
    ],
    dependencies: [
        .package(path: "../StrictJSON"),
        .package(path: "../TensorMath"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLinux"),
        // Optimised in every configuration: at -O0 the tests would crawl.
        .target(name: "CChunks", dependencies: ["CHDF5", "CZstd"], cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CCompare", cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "Checkpoint",
            dependencies: [
                "CHDF5", "CZstd", "CChunks", "CCompare", "CLinux",
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
    ]
)
