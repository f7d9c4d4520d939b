// swift-tools-version: 6.2
import PackageDescription

// A separate package, so that the root build does not include it. `make bench-engine` runs it.
let package = Package(
    name: "EngineBenchmark",
    dependencies: [
        .package(path: ".."), .package(path: "../../Basics"), .package(path: "../../TensorMath"),
        .package(path: "../../Tokenizer"),
    ],
    targets: [
        .executableTarget(
            name: "engine-benchmark",
            dependencies: [
                .product(name: "Basics", package: "Basics"),
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Tokenizer", package: "Tokenizer"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
            ], path: "Sources",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
