// swift-tools-version: 6.2
import PackageDescription

/// Settings that every target of the project shares (manifests cannot import one another).
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ReportPages",
    products: [
        .library(name: "ReportPages", targets: ["ReportPages"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../Outputs"),
        .package(path: "../StrictJSON"),
    ],
    targets: [
        .target(
            name: "ReportPages",
            dependencies: [
                "CReportPages",
                .product(name: "Basics", package: "Basics"),
                .product(name: "Hashes", package: "Basics"),
                .product(name: "Outputs", package: "Outputs"),
                .product(name: "StrictJSON", package: "StrictJSON"),
            ],
            exclude: ["Assets"],
            swiftSettings: settings),
        // #embed is C23.
        .target(name: "CReportPages", cSettings: [.unsafeFlags(["-std=c23"])]),
    ]
)
