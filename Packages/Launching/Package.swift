// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Launching",
    products: [
        .library(name: "Launching", targets: ["Launching"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../ChildProcess"),
        .package(path: "../Collectives"),
    ],
    targets: [
        .target(
            name: "Launching",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "ChildProcess", package: "ChildProcess"),
                .product(name: "Collectives", package: "Collectives"),
            ],
            swiftSettings: settings)
    ]
)
