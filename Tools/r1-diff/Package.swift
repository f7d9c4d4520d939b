// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "r1-diff",
    products: [
        .executable(name: "r1-diff", targets: ["r1-diff"])
    ],
    dependencies: [
        .package(path: "../../Packages/ToolKit"),
        .package(path: "../../Packages/Settings"),
        .package(path: "../../Packages/CheckpointDiff"),
        .package(path: "../../Packages/Basics"),
        .package(path: "../../Packages/Outputs"),
        .package(path: "../../Packages/Checkpoint"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "r1-diff",
            dependencies: [
                .product(name: "ToolKit", package: "ToolKit"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "CheckpointDiff", package: "CheckpointDiff"),
                .product(name: "Basics", package: "Basics"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources",
            swiftSettings: settings)
    ]
)
