// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // The tests spend their time in this package, so debug builds optimize it, too.
    .unsafeFlags(["-O"], .when(configuration: .debug)),
]

let package = Package(
    name: "TensorMath",
    products: [
        .library(name: "TensorMath", targets: ["TensorMath"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Settings"),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(
            name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        // The kernels are optimized in every configuration: at -O0 the tests would be very slow.
        .target(
            name: "CKernels", dependencies: [.product(name: "CHalf", package: "Basics")],
            cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(
            name: "TensorMath",
            dependencies: [
                "CKernels", "COneDNN", "COpenBLAS", .product(name: "Basics", package: "Basics"),
                .product(name: "CHalf", package: "Basics"),
                .product(name: "Settings", package: "Settings"),
            ],
            swiftSettings: settings),
    ]
)
