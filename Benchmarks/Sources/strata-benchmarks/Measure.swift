import ArgumentParser
import CMallocCounter
import Foundation
import Strata
import StrataBLAS
import StrataBackend
import StrataBenchmark
import StrataFiles
import StrataOpenCL

/// One workload on one backend, as a line of JSON.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Time one workload on one backend; prints JSON.")

    @Argument var workload: String
    @Option var backend: String
    @Option(parsing: .unconditional) var threads: Int?
    @Option(parsing: .unconditional) var seconds = 1.0

    func run() throws {
        let backend = try BackendRegistry.benchmarks.make(backend, BackendConfiguration(threads: threads))
        let setup = Workload.Setup(backend: backend) { try DataCatalog.builtIn.load("fashion-mnist", codecs: .system) }
        let result = try Benchmark.run(
            Workload.named(workload), setup, seconds: seconds, threads: threads,
            allocationCount: { Int(strata_malloc_count()) })
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }
}

extension BackendRegistry {
    static let benchmarks = BackendRegistry([SIMDBackend.self, BLASBackend.self, OpenCLBackend.self])
}
