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
    name: "ImageInput",
    products: [
        .library(name: "ImageInput", targets: ["ImageInput"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../ChildProcess"),
    ],
    targets: [
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .systemLibrary(name: "CHEIF", pkgConfig: "libheif", providers: [.apt(["libheif-dev"])]),
        // The first has no pkg-config file, and that of the second has a flag that SwiftPM warns of.
        .systemLibrary(name: "CGIF", providers: [.apt(["libgif-dev"])]),
        .systemLibrary(name: "CAVIF", providers: [.apt(["libavif-dev"])]),
        // The resize loop is optimized in every configuration, like the kernels of TensorMath.
        .target(
            name: "CImage", dependencies: ["CJPEG", "CPNG", "CWebP", "CTIFF", "CAVIF", "CHEIF", "CGIF"],
            cSettings: [.unsafeFlags(["-O3"])],
            linkerSettings: [.linkedLibrary("gif"), .linkedLibrary("avif")]),
        .target(
            name: "ImageInput",
            dependencies: [
                "CImage",
                .product(name: "Basics", package: "Basics"),
                .product(name: "ChildProcess", package: "ChildProcess"),
            ],
            swiftSettings: settings),
    ]
)
