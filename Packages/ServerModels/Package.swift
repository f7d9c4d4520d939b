// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ServerModels",
    products: [
        .library(name: "ServerModels", targets: ["ServerModels"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../BenchmarkRuns"),
        .package(path: "../Benchmarks"),
        .package(path: "../Checkpoint"),
        .package(path: "../Rollouts"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(
            name: "ServerModels",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "BenchmarkRuns", package: "BenchmarkRuns"),
                .product(name: "Benchmarks", package: "Benchmarks"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Rollouts", package: "Rollouts"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings)
    ]
)
