// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the house shares (manifests cannot import one another).
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "VisionLanguageModel",
    products: [
        .library(name: "VisionLanguageModel", targets: ["VisionLanguageModel"]),
        .library(name: "ImageInput", targets: ["ImageInput"]),
    ],
    dependencies: [
        .package(path: "../TensorMath"),
        .package(path: "../Checkpoint"),
        .package(path: "../Tokenizer"),
    ],
    targets: [
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
        // The resize loop is optimised in every configuration, like the kernels of TensorMath.
        .target(
            name: "CImage", dependencies: ["CJPEG", "CPNG", "CWebP"],
            cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "ImageInput", dependencies: ["CImage"], swiftSettings: house),
        .target(
            name: "VisionLanguageModel",
            dependencies: [
                "ImageInput",
                .product(name: "TensorMath", package: "TensorMath"),
                .product(name: "Checkpoint", package: "Checkpoint"),
                .product(name: "Tokenizer", package: "Tokenizer"),
            ],
            swiftSettings: house),
    ]
)
