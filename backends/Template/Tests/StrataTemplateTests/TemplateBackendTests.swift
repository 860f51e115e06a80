import StrataConformance
import StrataTemplate
import Testing

/// What it claims is right, and what it leaves to the compiler is known.
@Test func theTemplateConforms() {
    let report = Conformance.run(on: TemplateBackend(), modes: [.correctness, .support])
    #expect(report.failures.isEmpty, "\(report)")
    #expect(report.counts(group: "contract", mode: .support).passed > 60)
    #expect(report.counts(group: "map", mode: .support).passed == 0)
    // Whole graphs: the compiler finds a way round all that is missing.
    let graphs = report.counts(group: "graph")
    #expect(graphs.passed > 80 && graphs.split == 0)
    print(report)
}
