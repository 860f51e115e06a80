// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "embedding",
    dependencies: [
        // traits: [] leaves out every C library; `import Strata` needs none.
        .package(name: "strata", path: "../..", traits: [])
    ],
    targets: [
        .executableTarget(name: "Embedding", dependencies: [.product(name: "Strata", package: "strata")])
    ],
    swiftLanguageModes: [.v6]
)
