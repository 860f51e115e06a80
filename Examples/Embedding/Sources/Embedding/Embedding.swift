import Strata

/// Trains a small model on images that Strata draws, saves it, loads it again and encodes an array with it.
@main
struct Embedding {
    static func main() async throws {
        let data = try Sprites().dataSet(train: 4000, test: 500)
        let model = VariationalAutoencoder(features: 784, hidden: [128], latent: 6)

        // Training: an asynchronous sequence of events.
        let session = Session(backend: try SIMDBackend(configuration: .init(threads: 2)), seed: 1)
        let trainer = try Trainer(
            model: model, optimizer: .adam(), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 3, batchSize: 100, seed: 1))
        for try await event in trainer.events {
            guard case .epoch(let report) = event, let elbo = report.test.first else { continue }
            print("epoch \(report.epoch): \(elbo.name) \(elbo.value)")
        }
        try trainer.checkpoint().write("embedding.safetensors")

        // Use: a fresh session with the weights from the file.
        let predictor = try Predictor(
            model, features: 784,
            session: Session(backend: try SIMDBackend(configuration: .init())),
            weights: Checkpoint(path: "embedding.safetensors"))
        let (codes, size) = try predictor.encode(data.test.values(0..<3))
        for row in 0..<3 {
            print("code \(row):", codes[row * size..<(row + 1) * size].map { ($0 * 100).rounded() / 100 })
        }
    }
}
