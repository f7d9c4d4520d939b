// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Parquet",
    products: [
        .library(name: "Parquet", targets: ["Parquet"])
    ],
    dependencies: [
        .package(path: "../Basics")
    ],
    targets: [
        .target(
            name: "CCodecs",
            linkerSettings: ["snappy", "zstd", "z", "brotlidec", "lz4"].map { .linkedLibrary($0) }),
        .target(
            name: "Parquet",
            dependencies: ["CCodecs", .product(name: "Basics", package: "Basics")],
            swiftSettings: settings),
    ]
)
