// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the root build does not carry it. `make bench` runs it.
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(path: "..")],
    targets: [
        .executableTarget(
            name: "benchmarks", dependencies: [.product(name: "TensorMath", package: "TensorMath")],
            path: "Sources",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
    ]
)
