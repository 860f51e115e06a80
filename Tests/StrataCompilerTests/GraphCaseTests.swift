import StrataBackend
import StrataConformance
import StrataReference
import Testing

@Suite struct GraphCaseTests {
    /// The compiler with all its passes, against one kernel a node; gradients against finite differences.
    @Test func theOraclePassesThroughTheCompiler() {
        let report = Conformance.run(
            on: ReferenceBackend(configuration: BackendConfiguration()), cases: Conformance.graphCases)
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.counts(mode: .gradient).passed > 60)
    }
}
