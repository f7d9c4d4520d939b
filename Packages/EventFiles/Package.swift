// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "EventFiles",
    products: [
        .library(name: "EventFiles", targets: ["EventFiles"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Outputs"),
    ],
    targets: [
        .target(
            name: "EventFiles",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "Outputs", package: "Outputs"),
            ],
            swiftSettings: settings)
    ]
)
