import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

extension Workload {
    /// From examples in the host's memory to their reconstructions there.
    static let inference = [1, 128].map { batch in
        Workload("infer-vae-\(batch)", "encode and decode by the vae, \(batch) at a time") { setup in
            let model = VariationalAutoencoder(features: 784)
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
