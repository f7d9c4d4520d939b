// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "RunView",
    products: [
        .library(name: "RunView", targets: ["RunView"])
    ],
    dependencies: [
        .package(path: "../Terminal")
    ],
    targets: [
        .target(
            name: "RunView",
            dependencies: [
                .product(name: "Terminal", package: "Terminal")
            ],
            swiftSettings: settings)
    ]
)
