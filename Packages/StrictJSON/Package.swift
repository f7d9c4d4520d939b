// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "StrictJSON",
    products: [
        .library(name: "StrictJSON", targets: ["StrictJSON"])
    ],
    targets: [
        .target(name: "StrictJSON", swiftSettings: house)
    ]
)
