// swift-tools-version: 6.2
import PackageDescription

// A separate package, so that the root build does not include it. `make bench` runs it.
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(path: ".."), .package(path: "../../VisionLanguageModel")],
    targets: [
        .target(name: "CLimits", path: "CLimits", cSettings: [.unsafeFlags(["-O3"])]),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "CLimits", .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "VisionLanguageModel", package: "VisionLanguageModel"),
            ], path: "Sources",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    ]
)
