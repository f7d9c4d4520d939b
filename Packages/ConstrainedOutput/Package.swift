// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ConstrainedOutput",
    products: [
        .library(name: "ConstrainedOutput", targets: ["ConstrainedOutput"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../StrictJSON"),
    ],
    targets: [
        .target(
            name: "ConstrainedOutput",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "StrictJSON", package: "StrictJSON"),
            ],
            swiftSettings: settings)
    ]
)
