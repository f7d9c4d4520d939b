// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// A separate package, so that the root build does not include it. `make bench-tokenizer` runs it.
let package = Package(
    name: "TokenizerBenchmarks",
    dependencies: [.package(path: "..")],
    targets: [
        // The root's tests use it too.
        .target(name: "PublishedVocabulary", swiftSettings: settings),
        .executableTarget(
            name: "tokenizer-benchmark",
            dependencies: ["PublishedVocabulary", .product(name: "Tokenizer", package: "Tokenizer")],
            swiftSettings: settings),
    ]
)
