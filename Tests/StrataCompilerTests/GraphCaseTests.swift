import StrataBackend
import StrataConformance
import StrataReference
import Testing

@Suite struct GraphCaseTests {
    @Test(arguments: GraphCase.all.map(\.name)) func valueAndGradients(name: String) throws {
        let graphCase = try #require(GraphCase.all.first { $0.name == name })
        let backend = ReferenceBackend(configuration: BackendConfiguration())
        #expect(try graphCase.checkValue(on: backend) == nil)
        for order in 0..<graphCase.derivatives {
            #expect(try graphCase.checkGradient(order: order + 1, on: backend) == nil, "order \(order + 1)")
        }
    }
}
