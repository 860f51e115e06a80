// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "strata-benchmarks",
    dependencies: [
        .package(name: "strata", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(
            name: "strata-benchmarks",
            dependencies: [
                .product(name: "Strata", package: "strata"),
                .product(name: "StrataBenchmark", package: "strata"),
                .product(name: "StrataBLAS", package: "strata"),
                .product(name: "StrataOpenCL", package: "strata"),
                .product(name: "StrataFiles", package: "strata"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
