// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "embedding",
    dependencies: [
        // With `traits: []` no C library is built; `import Strata` needs none.
        .package(name: "strata", path: "../..")
    ],
    targets: [
        .executableTarget(name: "Embedding", dependencies: [.product(name: "Strata", package: "strata")])
    ],
    swiftLanguageModes: [.v6]
)
