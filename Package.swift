// swift-tools-version: 6.2
import PackageDescription

// A target names every module that it imports, also those that come with others: what it does not name may change
// without its being compiled again, or not be built yet. `make test` checks it
// (`--explicit-target-dependency-import-check`).

/// Every module of ours is compiled alike: Swift 6 language mode, an import is internal unless it says `public`, and a
/// warning is an error.
let strict: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault"), .treatAllWarnings(as: .error)]

/// Loops over elements, which would make debug builds and their tests crawl.
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"])]

/// The SIMD kernels are one set of sources compiled once per instruction set (the folders are symbolic links) and
/// chosen at run time by CPUID. They carry their own optimization flags, so that debug builds keep fast kernels.
func kernels(_ name: String, folder: String, flags: [String]) -> Target {
    .target(
        name: name,
        dependencies: ["StrataBackend", "StrataKernelInterface", "StrataLinearAlgebra", "CCPU"],
        path: "backends/SIMD/\(folder)",
        swiftSettings: strict + [.unsafeFlags(["-Ounchecked", "-Xcc", "-fno-math-errno"] + flags)])
}

#if arch(x86_64)
let avx2 = ["-Xcc", "-march=x86-64-v3", "-D", "AVX2"]
let avx512 = ["-Xcc", "-march=x86-64-v4", "-D", "AVX512"]
#else
let avx2: [String] = []
let avx512: [String] = []
#endif

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "strata",
    products: [
        .library(name: "Strata", targets: ["Strata"]),
        .library(name: "StrataBackend", targets: ["StrataBackend"]),
        .library(name: "StrataConformance", targets: ["StrataConformance"]),
        .library(name: "StrataSIMD", targets: ["StrataSIMD"]),
        .library(name: "StrataBLAS", targets: ["StrataBLAS"]),
        .library(name: "StrataOpenCL", targets: ["StrataOpenCL"]),
        .library(name: "StrataFiles", targets: ["StrataFiles"]),
        .library(name: "StrataRuns", targets: ["StrataRuns"]),
        .library(name: "StrataServer", targets: ["StrataServer"]),
        .library(name: "StrataONNX", targets: ["StrataONNX"]),
        .library(name: "StrataCommand", targets: ["StrataCommand"]),
        .library(name: "StrataBenchmark", targets: ["StrataBenchmark", "CMallocCounter"]),
        .executable(name: "strata", targets: ["strata-cli"]),
    ],
    traits: [
        .trait(name: "BLAS", description: "The BLAS backend: CBLAS and LAPACKE (libopenblas-dev, liblapacke-dev)."),
        .trait(
            name: "OpenCL", description: "The OpenCL backend (ocl-icd-opencl-dev and an ICD such as pocl-opencl-icd)."),
        .trait(name: "PNG", description: "PNG images, gzip and npz files in the command (libpng-dev, libdeflate-dev)."),
        .trait(name: "JPEG", description: "JPEG images in the command (libturbojpeg0-dev)."),
        .trait(name: "WebP", description: "WebP images in the command (libwebp-dev)."),
        .trait(name: "Server", description: "'strata serve': a server of the Open Inference Protocol (swift-nio)."),
        .trait(
            name: "TLS", description: "Encryption in 'strata serve' (swift-nio-ssl, which takes minutes to build).",
            enabledTraits: ["Server"]),
        .trait(name: "ONNX", description: "Models in the ONNX format, read and written (swift-protobuf)."),
        .default(enabledTraits: ["BLAS", "OpenCL", "PNG", "JPEG", "WebP", "Server", "ONNX"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    ],
    targets: [
        // The house, from the ground up.
        .target(name: "StrataBackend", swiftSettings: strict),
        .target(name: "StrataGraph", dependencies: ["StrataBackend"], swiftSettings: strict),
        .target(name: "StrataLinearAlgebra", dependencies: ["StrataBackend"], swiftSettings: strict + optimized),
        .target(
            name: "StrataReference", dependencies: ["StrataBackend", "StrataLinearAlgebra"],
            swiftSettings: strict + optimized),
        .target(
            name: "StrataCompiler", dependencies: ["StrataBackend", "StrataGraph", "StrataReference"],
            swiftSettings: strict),
        .target(
            name: "StrataConformance",
            dependencies: ["StrataBackend", "StrataGraph", "StrataCompiler", "StrataReference"],
            swiftSettings: strict + optimized),
        .target(name: "StrataNN", dependencies: ["StrataBackend", "StrataGraph"], swiftSettings: strict),
        .target(name: "StrataData", dependencies: ["StrataBackend"], swiftSettings: strict + optimized),
        .target(
            name: "StrataModels", dependencies: ["StrataBackend", "StrataGraph", "StrataNN", "StrataData"],
            swiftSettings: strict),
        .target(
            name: "StrataTraining",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
            ],
            swiftSettings: strict),
        .target(
            name: "StrataEvaluation",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining", "StrataLinearAlgebra",
            ], swiftSettings: strict + optimized),
        .target(
            name: "StrataWords",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining",
            ],
            swiftSettings: strict),
        .target(
            name: "StrataBenchmark",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining", "StrataSIMD",
            ],
            swiftSettings: strict),
        .target(
            name: "StrataRuns",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining", "StrataEvaluation", "StrataReference", "StrataSIMD",
            ],
            resources: [.embedInCode("Features/images-28-v1.safetensors")], swiftSettings: strict + optimized),
        .target(
            name: "StrataONNX",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataReference", "StrataData", "StrataNN",
                "StrataModels", "StrataTraining", "StrataRuns",
                .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: ["ONNX"])),
            ], swiftSettings: strict),
        .target(
            name: "Strata",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining", "StrataEvaluation", "StrataRuns", "StrataWords", "StrataSIMD",
            ], swiftSettings: strict),
        .target(
            name: "StrataFiles",
            dependencies: [
                "StrataBackend", "StrataData",
                .target(name: "CPNG", condition: .when(traits: ["PNG"])),
                .target(name: "CDeflate", condition: .when(traits: ["PNG"])),
                .target(name: "CTurboJPEG", condition: .when(traits: ["JPEG"])),
                .target(name: "CWebP", condition: .when(traits: ["WebP"])),
            ], swiftSettings: strict),
        .target(
            name: "StrataServer",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataData", "StrataModels", "StrataTraining", "StrataRuns",
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Server"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Server"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Server"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
            ],
            resources: [.embedInCode("openapi.json")], swiftSettings: strict),
        .target(
            name: "StrataCommand",
            dependencies: [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining", "StrataEvaluation", "StrataRuns", "StrataWords", "StrataSIMD", "StrataConformance",
                "StrataBenchmark", "StrataFiles", "StrataServer", "StrataBLAS", "StrataOpenCL", "StrataONNX",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .executableTarget(name: "strata-cli", dependencies: ["StrataCommand"], swiftSettings: strict),

        // The backends.
        .target(
            name: "StrataKernelInterface", dependencies: ["StrataBackend", "StrataLinearAlgebra"],
            path: "backends/SIMD/Interface",
            swiftSettings: strict + optimized),
        kernels("StrataKernelsBaseline", folder: "Kernels", flags: []),
        kernels("StrataKernelsAVX2", folder: "KernelsAVX2", flags: avx2),
        kernels("StrataKernelsAVX512", folder: "KernelsAVX512", flags: avx512),
        .target(name: "CCPU", path: "backends/SIMD/CCPU"),
        .target(
            name: "StrataSIMD",
            dependencies: [
                "StrataBackend", "StrataLinearAlgebra", "StrataKernelInterface", "StrataKernelsBaseline",
                "StrataKernelsAVX2", "StrataKernelsAVX512", "CCPU",
            ],
            path: "backends/SIMD/StrataSIMD", swiftSettings: strict),
        .target(
            name: "StrataBLAS",
            dependencies: [
                "StrataBackend", "StrataSIMD",
                .target(name: "CBLAS", condition: .when(traits: ["BLAS"])),
                .target(name: "CLAPACKE", condition: .when(traits: ["BLAS"])),
            ],
            path: "backends/BLAS/StrataBLAS", swiftSettings: strict),
        .target(
            name: "StrataOpenCL",
            dependencies: ["StrataBackend", .target(name: "COpenCL", condition: .when(traits: ["OpenCL"]))],
            path: "backends/OpenCL/StrataOpenCL",
            resources: [
                "prelude", "lanes", "memory", "map", "reduce-along", "reduce-across", "scatter", "contract-lanes",
                "contract-tiles",
            ].map { .embedInCode("Kernels/\($0).cl") },
            swiftSettings: strict),

        // C libraries of the system, each behind a trait.
        .systemLibrary(
            name: "CBLAS", path: "backends/BLAS/CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CLAPACKE", path: "backends/BLAS/CLAPACKE", pkgConfig: "lapacke",
            providers: [.apt(["liblapacke-dev"])]),
        .systemLibrary(
            name: "COpenCL", path: "backends/OpenCL/COpenCL", pkgConfig: "OpenCL",
            providers: [.apt(["ocl-icd-opencl-dev", "pocl-opencl-icd"])]),
        .systemLibrary(name: "CPNG", path: "Sources/CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CDeflate", path: "Sources/CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(
            name: "CTurboJPEG", path: "Sources/CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CWebP", path: "Sources/CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),

        // Replaces `malloc` in whatever links it, and counts.
        .target(name: "CMallocCounter", path: "Benchmarks/CMallocCounter"),
        .target(
            name: "KernelWorkbench", dependencies: ["StrataBackend"], path: "Tests/KernelWorkbench",
            swiftSettings: strict),
        tests("StrataBackendTests", ["StrataBackend"]),
        tests(
            "BackendTests",
            [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataConformance", "StrataReference", "StrataNN",
                "StrataData", "StrataTraining", "StrataSIMD", "StrataBLAS", "StrataOpenCL",
            ]),
        tests(
            "StrataCompilerTests",
            [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataConformance", "StrataReference", "StrataSIMD",
            ]),
        tests("StrataReferenceTests", ["StrataBackend", "StrataReference", "KernelWorkbench"]),
        // These run `strata` itself.
        tests("CommandTests", ["strata-cli", "StrataBackend", "StrataData"]),
        tests(
            "StrataRunsTests",
            [
                "strata-cli", "StrataRuns", "StrataBackend", "StrataModels", "StrataData", "StrataTraining",
                "StrataEvaluation", "StrataSIMD",
            ]),
        tests(
            "StrataServerTests",
            ["strata-cli", "StrataServer", "StrataRuns", "StrataBackend", "StrataData", "StrataTraining"]),
        tests(
            "StrataTrainingTests",
            [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels", "StrataData",
                "StrataTraining", "StrataEvaluation", "StrataLinearAlgebra", "StrataReference", "StrataSIMD",
                "CMallocCounter",
            ]),
        tests(
            "StrataSIMDTests",
            [
                "StrataBackend", "StrataKernelInterface", "StrataReference", "StrataSIMD", "KernelWorkbench",
                "CMallocCounter",
            ]),
        tests("StrataBLASTests", ["StrataBackend", "StrataReference", "StrataBLAS"]),
        tests(
            "StrataOpenCLTests",
            ["StrataBackend", "StrataConformance", "StrataReference", "StrataOpenCL", "KernelWorkbench"]),
        tests("StrataConformanceTests", ["StrataBackend", "StrataConformance", "StrataReference"]),
        tests(
            "StrataWordsTests",
            [
                "StrataWords", "StrataBackend", "StrataGraph", "StrataCompiler", "StrataNN", "StrataModels",
                "StrataData", "StrataTraining", "StrataReference", "StrataSIMD",
            ]),
        tests("SweepTests", ["Strata"]),
        tests("StrataDataTests", ["StrataBackend", "StrataData"]),
        tests(
            "StrataONNXTests",
            [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataReference", "StrataSIMD", "StrataBLAS",
                "StrataOpenCL", "StrataData", "StrataNN", "StrataModels", "StrataTraining", "StrataRuns", "StrataONNX",
                .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: ["ONNX"])),
            ]),
        tests(
            "StrataFilesTests",
            [
                "StrataBackend", "StrataGraph", "StrataCompiler", "StrataReference", "StrataModels", "StrataData",
                "StrataFiles",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
