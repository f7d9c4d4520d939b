// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "TensorMath",
    products: [
        .library(name: "TensorMath", targets: ["TensorMath"])
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(
            name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        // The kernels are optimised in every configuration: at -O0 the tests would crawl.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(
            name: "TensorMath",
            dependencies: ["CKernels", "COneDNN", "COpenBLAS"],
            swiftSettings: house),
    ]
)
