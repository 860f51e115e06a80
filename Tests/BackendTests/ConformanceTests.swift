import StrataBLAS
import StrataBackend
import StrataConformance
import StrataOpenCL
import StrataReference
import StrataSIMD
import Testing

/// Every backend of this build, through every case: kernels against the oracle, graphs through the compiler,
/// gradients against finite differences. One that the machine cannot run is skipped by name.
@Suite(.serialized) struct BackendConformanceTests {
    static let backends: [any Backend.Type] = {
        var backends: [any Backend.Type] = [SIMDBackend.self, ReferenceBackend.self]
        #if BLAS
        backends.append(BLASBackend.self)
        #endif
        #if OpenCL
        backends.append(OpenCLBackend.self)
        #endif
        return backends
    }()

    @Test(arguments: backends.map { $0.identifier }) func conforms(identifier: String) throws {
        let type = try #require(Self.backends.first { $0.identifier == identifier })
        if case .unavailable(let reason) = type.probe() {
            print("skipped: \(identifier) is unavailable: \(reason)")
            return
        }
        let report = Conformance.run(on: try type.init(configuration: BackendConfiguration(threads: 2)))
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.counts(mode: .correctness).passed > 300)
        #expect(report.counts(mode: .gradient).passed > 60)
    }
}
