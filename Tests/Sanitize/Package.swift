// swift-tools-version: 6.2
import PackageDescription

// The tests of TensorMath alone, for `make sanitize`: the umbrella would build every package twice more, and
// ThreadSanitizer cannot see the locks of all of them. Sources are links to the root's.
let package = Package(
    name: "Sanitize",
    dependencies: [.package(path: "../../Packages/TensorMath")],
    targets: [
        .target(name: "TestKit", swiftSettings: [.swiftLanguageMode(.v6)]),
        .testTarget(
            name: "TensorMathTests",
            dependencies: ["TestKit", .product(name: "TensorMath", package: "TensorMath")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
