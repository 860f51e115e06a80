// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "extending",
    dependencies: [
        // With `traits: []` no C library is needed, and the command has the backends `simd` and `template`.
        .package(name: "strata", path: "../.."),
        .package(name: "strata-template", path: "../../backends/Template"),
    ],
    targets: [
        .executableTarget(
            name: "Extending",
            dependencies: [
                .product(name: "Strata", package: "strata"),
                .product(name: "StrataCommand", package: "strata"),
                .product(name: "StrataTemplate", package: "strata-template"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
