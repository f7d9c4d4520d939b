// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ToolKit",
    products: [
        .library(name: "ToolKit", targets: ["ToolKit"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Outputs"),
        .package(path: "../Settings"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(
            name: "ToolKit",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings)
    ]
)
