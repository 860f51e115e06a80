// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "extending",
    dependencies: [
        // traits: [] leaves out every C library; without it the command has the backends `blas` and `opencl` too.
        .package(name: "strata", path: "../..", traits: []),
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
