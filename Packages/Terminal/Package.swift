// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Terminal",
    products: [
        .library(name: "Terminal", targets: ["Terminal"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../ImageInput"),
    ],
    targets: [
        .target(
            name: "Terminal",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "ImageInput", package: "ImageInput"),
            ],
            swiftSettings: settings)
    ]
)
