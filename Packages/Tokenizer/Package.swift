// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Tokenizer",
    products: [
        .library(name: "Tokenizer", targets: ["Tokenizer"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        .target(
            name: "Tokenizer",
            dependencies: [.product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: house)
    ]
)
