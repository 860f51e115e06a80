import StrataBackend
import StrataCompiler
public import StrataData
import StrataGraph
public import StrataModels
import StrataNN

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

    /// What the model of a run does most: a training step, or where it has nothing to learn, the first of its abilities.
    ///
    /// Throws `usage` for settings that the model does not take, and what building it throws.
    ///
    /// - `name`: What the user calls it.
    public static func of(
        _ model: ModelDescription, _ settings: [String: String], for spec: DataSpec, named name: String
    ) throws -> Workload {
        let built = try model.build(spec, Hyperparameters(model.hyperparameters, [:], over: settings))
        guard built.phases.isEmpty else { return training(name, model, settings) }
        let batch = model.batchSize
        return Workload(name, "the first ability of \(model.name), \(batch) at a time") { setup in
            let key = RandomKey(.input(Session.keyName, [2], dtype: .int32))
            let outputs = ModelAbility.all.lazy.compactMap {
                try? $0.graph(of: built, for: spec, rows: batch, key: key)
            }.first
            guard let outputs else { throw StrataError(.unsupported, "\(model.name) has no ability to be timed") }
            let function = try Session(backend: setup.backend, seed: 1)
                .prepare(Graph(outputs: outputs.map { ($0.name, $0.value) }))
            let examples = Numbers.uniform(batch * spec.features)
            return PreparedWorkload(
                batch: batch, program: function.compiled.program,
                step: {
                    if function.inputNames.contains("examples") { try function.write("examples", examples) }
                    try function.run()
                    _ = try function.read(outputs[0].name)
                },
                profile: { try function.profile() }, warmUp: { nil })
        }
    }
}
