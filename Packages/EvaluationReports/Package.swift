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
    name: "EvaluationReports",
    products: [
        .library(name: "EvaluationReports", targets: ["EvaluationReports"])
    ],
    dependencies: [
        .package(path: "../Basics"),
        .package(path: "../ReportPages"),
        .package(path: "../StrictJSON"),
    ],
    targets: [
        .target(
            name: "EvaluationReports",
            dependencies: [
                "CEvaluationPages",
                .product(name: "Basics", package: "Basics"),
                .product(name: "ReportPages", package: "ReportPages"),
                .product(name: "StrictJSON", package: "StrictJSON"),
            ],
            exclude: ["Assets"],
            swiftSettings: settings),
        // #embed is C23.
        .target(name: "CEvaluationPages", cSettings: [.unsafeFlags(["-std=c23"])]),
    ]
)
