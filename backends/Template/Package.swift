// swift-tools-version: 6.2
import PackageDescription

/// A backend of one's own is a package of its own. Copied out of the repository, the dependency becomes
/// `.package(url: …, from: …, traits: [])`; no traits means no C library.
let strict: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

let package = Package(
    name: "strata-template",
    products: [.library(name: "StrataTemplate", targets: ["StrataTemplate"])],
    dependencies: [.package(name: "strata", path: "../..")],
    targets: [
        .target(
            name: "StrataTemplate", dependencies: [.product(name: "StrataBackend", package: "strata")],
            swiftSettings: strict),
        .testTarget(
            name: "StrataTemplateTests",
            dependencies: ["StrataTemplate", .product(name: "StrataConformance", package: "strata")],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
