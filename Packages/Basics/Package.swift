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
    name: "Basics",
    products: [
        .library(name: "Basics", targets: ["Basics"]),
        .library(name: "CHalf", targets: ["CHalf"]),
        .library(name: "Hashes", targets: ["Hashes"]),
    ],
    targets: [
        // Headers for the C targets of other packages: float16 and bfloat16, weights of few bits.
        .target(name: "CHalf"),
        .target(name: "Basics", swiftSettings: settings),
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "Hashes", dependencies: ["Basics", "CLibcrypto"], swiftSettings: settings),
    ]
)
