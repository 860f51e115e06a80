import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

extension Workload {
    /// From examples in the host's memory to their reconstructions there.
    static let inference =
        [1, 128].map { inference("infer-vae", "the vae", $0) { VariationalAutoencoder(features: 784) } }
        + [1, 128].map { inference("infer-vae-conv", "the model of vae-conv", $0) { convolutionalAutoencoder } }

    private static func inference(
        _ name: String, _ summary: String, _ batch: Int, _ model: @escaping @Sendable () -> VariationalAutoencoder
    ) -> Workload {
        Workload("\(name)-\(batch)", "encode and decode by \(summary), \(batch) at a time") { setup in
            let model = model()
            let examples = Tensor.input("examples", [batch, 784])
            let function = try Session(backend: setup.backend, seed: 1)
                .prepare(Graph(outputs: [("reconstructions", model.decode(model.encode(examples)))]))
            let image = Numbers.uniform(batch * 784)
            return PreparedWorkload(
                batch: batch, program: function.compiled.program,
                step: {
                    try function.write("examples", image)
                    try function.run()
                    _ = try function.read("reconstructions")
                },
                profile: { try function.profile() }, warmUp: { nil })
        }
    }
}
