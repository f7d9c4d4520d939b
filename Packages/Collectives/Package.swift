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
    name: "Collectives",
    products: [
        .library(name: "Collectives", targets: ["Collectives"]),
        .executable(name: "collectives-check", targets: ["collectives-check"]),
    ],
    dependencies: [
        .package(path: "../Basics")
    ],
    targets: [
        .systemLibrary(
            name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
        .target(name: "CNeighbors"),
        // Optimized in every configuration: at -O0 the tests would crawl.
        .target(name: "CSums", cSettings: [.unsafeFlags(["-O3"])]),
        .target(
            name: "Collectives",
            dependencies: ["CMPI", "CNeighbors", "CSums", .product(name: "Basics", package: "Basics")],
            swiftSettings: settings),
        // What the tests and `make check-collectives` start on several processes; no part of what a user installs.
        .executableTarget(name: "collectives-check", dependencies: ["Collectives"], swiftSettings: settings),
    ]
)
