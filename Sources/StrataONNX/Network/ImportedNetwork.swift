import StrataBackend
import StrataGraph
import StrataModels
import StrataNN

/// An encoder of another program's: codes of examples, and nothing to be learned without a task.
struct ImportedEncoder: EncodingModel {
    let network: Network

    var phases: [TrainingPhase] { [] }
    var variables: [StateVariable] { network.variables }
    var criterion: Criterion { .minimize("code_square") }

    /// The mean square of a code's numbers, which tells codes that have vanished or burst.
    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [Metric("code_square", encode(batch.examples).squared().mean([1]))]
    }

    func encode(_ examples: Tensor) -> Tensor { network(examples) }
}

/// An encoder and a decoder of another program's. It goes on to learn by the squared error of reconstructions.
struct ImportedAutoencoder: EncodingModel, DecodingModel {
    let encoder: Network
    let decoder: Network

    var codeSize: Int { decoder.inputShape.elementCount }
    var variables: [StateVariable] { encoder.variables + decoder.variables }
    var criterion: Criterion { .minimize("reconstruction_error") }

    var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: encoder.parameters + decoder.parameters) { batch, context in
                var pass = context.pass()
                let error = Loss.squaredError(decoder(encoder(batch.examples, &pass), &pass), batch.examples)
                let metric = Metric("reconstruction_error", error)
                return Objective(metric, metrics: [metric], updates: pass.updates)
            }
        ]
    }

    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [Metric("reconstruction_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples))]
    }

    func encode(_ examples: Tensor) -> Tensor { encoder(examples) }
    func decode(_ codes: Tensor) -> Tensor { decoder(codes) }
}
