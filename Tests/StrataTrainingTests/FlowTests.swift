import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataReference
import Testing

@testable import StrataModels

@Suite struct FlowTests {
    private func values(_ tensors: [Tensor]) throws -> [[Float]] {
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try tensors.indices.map { try function.read("\($0)") }
    }

    /// One step of dx/dt = −x from 1: Taylor's series of exp(−h) as far as the order goes.
    @Test func integratorsAreOfTheirOrder() throws {
        let h: Float = 0.5
        func step(_ rule: Integrator) throws -> Float {
            try values([rule.step(.constant(1, [1]), .constant(0), h) { x, _ in -x }])[0][0]
        }
        #expect(abs(try step(.euler) - 0.5) < 1e-6)
        #expect(abs(try step(.midpoint) - 0.625) < 1e-6)
        #expect(abs(try step(.heun) - 0.625) < 1e-6)
        #expect(abs(try step(.rungeKutta) - 0.606_770_8) < 1e-6)
    }

    /// One step of dx/dt = 3 t² from time 1: t³ has the difference 2.375 over half a unit.
    @Test func integratorsSeeTheTime() throws {
        func step(_ rule: Integrator) throws -> Float {
            try values([rule.step(.constant(0, [1]), .constant(1), 0.5) { _, t in (t * t * 3).reshape([1]) }])[0][0]
        }
        #expect(abs(try step(.euler) - 1.5) < 1e-6)
        #expect(abs(try step(.midpoint) - 2.34375) < 1e-6)
        #expect(abs(try step(.heun) - 2.4375) < 1e-6)
        #expect(abs(try step(.rungeKutta) - 2.375) < 1e-6)
    }

    /// From N(0, 1) to N(0, 4) along the exact field, by ten steps: the standard deviation that each rule ends at.
    @Test func integratorsCarryAGaussian() throws {
        func deviation(_ rule: Integrator) throws -> Float {
            var x = Tensor.constant(1, [1])
            for step in 0..<10 {
                x = rule.step(x, .constant(Float(step) * 0.1), 0.1) { x, t in
                    // The deviation is the root of (1 − t)² + 4 t².
                    let variance = (1 - t).squared() + t.squared() * 4
                    return x * ((t * 5 - 1) / variance)
                }
            }
            return try values([x])[0][0]
        }
        #expect(abs(try deviation(.euler) - 1.72313) < 1e-5)
        #expect(abs(try deviation(.heun) - 1.98828) < 1e-5)
        #expect(abs(try deviation(.midpoint) - 1.99954) < 1e-5)
        #expect(abs(try deviation(.rungeKutta) - 1.99999) < 1e-5)
    }

    /// The velocity that a network of no input can learn best is the mean of all paths. With examples of brightness 1
    /// and a velocity of 0 the loss is E (1 − x₀)² = 2.
    @Test func theLossIsTheSquaredErrorOfThePath() throws {
        struct Nothing: Layer {
            func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { x * 0 }
        }
        let model = FlowMatching(features: 64, network: Nothing())
        let batch = Batch(examples: .constant(1, [4096, 64]))
        let key = RandomKey(Tensor.constant(7, [2]).cast(to: .int32))
        let loss = try values([model.evaluation(batch, key: key)[0].mean])[0][0]
        // Four standard errors: (1 − x₀)² has a variance of 6.
        #expect(abs(loss - 2) < 4 * (6 / Float(4096 * 64)).squareRoot(), "\(loss)")
    }

    @Test func aUNetKeepsExtentsAndNamesItsParameters() {
        let network = Network("net", input: [1, 8, 8], condition: 6, UNet(channels: [8, 16]))
        #expect(network.outputShape == [1, 8, 8])
        let names = network.parameters.map(\.name)
        for name in [
            "net.input.weight", "net.down.0.block.body.2.weight", "net.down.0.block.body.3.weight",
            "net.down.0.shrink.weight", "net.middle.body.6.bias", "net.up.0.grow.weight",
            "net.up.0.block.shortcut.weight", "net.output.2.weight",
        ] { #expect(names.contains(name), "\(name)") }
        // Without a condition there is nothing that takes it in.
        let plain = Network("net", input: [1, 8, 8], UNet(channels: [8, 16]))
        #expect(plain.parameters.first { $0.name == "net.down.0.block.body.3.weight" }?.type.shape == [8])
    }

    @Test func whatDoesNotFitIsTold() {
        func mistake(_ input: Shape, condition: Int? = nil, _ layer: any Layer) -> String {
            let network = Network("net", input: input, condition: condition, layer)
            var pass = Pass.evaluation
            let x = Tensor.input("x", Shape([2] + input.extents))
            let y = network(x, given: condition.map { Tensor.input("c", [2, $0]) }, &pass)
            do { return "\(try Graph(outputs: [("y", y)]))" } catch { return "\(error)" }
        }
        #expect(mistake([1, 6, 6], UNet(channels: [8, 8, 8])).contains("to be halved 2 times"))
        #expect(mistake([1, 8, 8], UNet(channels: [6])).contains("do not make 8 groups"))
        #expect(mistake([4], ConditionalBias()).contains("the network has no condition"))
        #expect(mistake([1], SinusoidalEmbedding(5)).contains("an even width"))
    }

    /// With the same weights the same numbers as two layers, and gradients too.
    @Test func enlargedConvolutionsAreConvolutionsOfEnlargedMaps() throws {
        struct Both: Layer {
            var isOne: Bool
            func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
                isOne
                    ? pass.apply(EnlargedConvolution(3), named: "c", to: x)
                    : pass.apply(Convolution(3, initialization: .standard), named: "c", to: Upsample(2)(x, &pass))
            }
        }
        func results(_ isOne: Bool) throws -> [[Float]] {
            let network = Network("net", input: [2, 4, 5], Both(isOne: isOne))
            let x = StateVariable("x", [3, 2, 4, 5], initializer: .normal(mean: 0, standardDeviation: 1))
            let y = network(x.tensor)
            let g = gradient(of: y.squared().sum(), withRespectTo: [x.tensor] + network.parameters.map(\.tensor))
            return try values([y] + g)
        }
        let (one, two) = (try results(true), try results(false))
        #expect(one.map(\.count) == [3 * 3 * 80, 120, 54, 3])
        for (a, b) in zip(one, two) {
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) })
        }
    }

    /// Cosines of the number and sines of it, from frequency 1 down.
    @Test func anEmbeddingIsCosinesAndSines() throws {
        var pass = Pass.evaluation
        let got = try values([SinusoidalEmbedding(4, scale: 1)(.constant(2, [1, 1]), &pass)])[0]
        for (value, expected) in zip(got, [-0.416_147, 0.999_8, 0.909_297, 0.019_998_7] as [Float]) {
            #expect(abs(value - expected) < 1e-5, "\(got)")
        }
    }
}
