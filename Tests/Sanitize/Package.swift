// swift-tools-version: 6.2
import PackageDescription

// Only the tests of TensorMath, for `make sanitize`: the root package would build every package twice more,
// and ThreadSanitizer does not see the locks of all of them. Sources are links to the files of the root.
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
