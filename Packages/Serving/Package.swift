// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Serving",
    products: [
        .library(name: "Serving", targets: ["Serving"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Checkpoint"),
        .package(path: "../ConstrainedOutput"),
        .package(path: "../ImageInput"),
        .package(path: "../ModelFamilies"),
        .package(path: "../Rewards"),
        .package(path: "../Settings"),
        .package(path: "../StrictJSON"),
        .package(path: "../Tokenizer"),
        .package(path: "../TrainingData"),
        .package(path: "../VisionLanguageModel"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        .target(
            name: "Serving",
            dependencies: [
                "CPage",
                .product(name: "Basics", package: "Basics"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "ConstrainedOutput", package: "ConstrainedOutput"),
                .product(name: "ImageInput", package: "ImageInput"),
                .product(name: "ModelFamilies", package: "ModelFamilies"),
                .product(name: "Rewards", package: "Rewards"),
                .product(name: "Settings", package: "Settings"),
                .product(name: "StrictJSON", package: "StrictJSON"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "TrainingData", package: "TrainingData"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            exclude: ["Page"],
            swiftSettings: settings),
        // #embed is C23.
        .target(name: "CPage", cSettings: [.unsafeFlags(["-std=c23"])]),
    ]
)
