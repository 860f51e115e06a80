import CMallocCounter
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

@Suite struct TrainerTests {
    let data: DataSet

    init() throws {
        data = try DataSet(name: "stripes", train: Self.stripes(70, seed: 1), test: Self.stripes(20, seed: 2))
    }

    /// Two kinds of striped image with a little noise: enough for any model to learn something in a moment.
    private static func stripes(_ count: Int, seed: UInt32) throws -> DataSplit {
        var examples: [UInt8] = []
        var labels: [Int32] = []
        for i in 0..<count {
            let kind = Int(Threefry.block(key: (seed, 1), counter: (UInt32(i), 0)).0 % 2)
            labels.append(Int32(kind))
            for p in 0..<36 {
                let noise = UInt8(Threefry.block(key: (seed, 2), counter: (UInt32(i), UInt32(p))).0 % 40)
                let isOn = kind == 0 ? (p / 6) % 2 == 0 : (p % 6) % 2 == 0
                examples.append(isOn ? 255 - noise : noise)
            }
        }
        return try DataSplit(
            dtype: .uint8, exampleShape: [6, 6], bytes: examples, count: count,
            labels: Labels(values: labels, classNames: ["rows", "columns"]),
            targets: Targets(names: ["columns", "rows"], values: labels.flatMap { [Float($0), 1 - Float($0)] }))
    }

    private static let small: [String: [String: String]] = [
        "pix2pix": ["channels": "8,8", "discriminator": "8"], "super-resolution": ["channels": "4", "blocks": "1"],
        "vae": ["hidden": "12", "latent": "2"], "deep-autoencoder": ["hidden": "12", "code": "2"],
        "k-means": ["clusters": "3"], "pca": ["components": "4"], "ppca": ["components": "4"],
        "factor-analysis": ["components": "4"],
        "rbm": ["hidden": "8"], "gan": ["noise": "4", "generator": "8", "discriminator": "8"],
        "denoising-autoencoder": ["code": "12"], "t-sne": ["perplexity": "10"], "classifier": ["hidden": "12"],
        "multitask": ["hidden": "12"],
        "discriminative-rbm": ["hidden": "8"], "regressor": ["hidden": "12"], "multi-label": ["hidden": "12"],
        "simclr": ["hidden": "16", "projection": "8"], "flow-matching": ["network": "mlp", "hidden": "32"],
        "diffusion": ["network": "mlp", "hidden": "32"], "made": ["hidden": "16"], "nade": ["hidden": "16"],
        "real-nvp": ["hidden": "16", "couplings": "4"], "music-vae": ["units": "8", "latent": "2"],
        "dfc-vae": ["hidden": "12"], "ladder-vae": ["hidden": "12", "latent": "3,2"], "vae-gan": ["hidden": "12"],
        "m2": ["hidden": "12", "latent": "2", "labelled": "4"], "dann": ["hidden": "12"], "dan": ["hidden": "12"],
        "deep-coral": ["hidden": "12"], "pseudo-label": ["hidden": "12", "labelled": "4"],
        "mean-teacher": ["hidden": "12", "labelled": "4"], "rotation": ["channels": "4"],
        "eszsl": ["held-out": "0"],
        "masked-autoencoder": ["network": "mlp", "hidden": "12", "mask-patch": "3"],
    ]

    private var domain: DataSpec {
        DataSpec(features: 36, classes: 2, targets: 2, examples: data.train.count, shape: [6, 6])
    }

    /// A model and data that it takes: the stripes, with described classes, two domains of them or, where it learns from tokens alone, scales.
    private func suited(_ description: ModelDescription, _ settings: Hyperparameters) throws -> (any Model, DataSet) {
        if let model = try? description.build(domain, settings) { return (model, data) }
        let networks = description.anyNetworks(domain.features)
        if let model = try? description.build(domain, settings, upon: networks) { return (model, data) }
        let described = try described(data)
        if let model = try? description.build(described.spec, settings, upon: networks) { return (model, described) }
        let domains = try JoinedDomains().dataSet(source: data, target: data)
        if let model = try? description.build(domains.spec, settings) { return (model, domains) }
        let spec = ColumnSpec(ColumnName.example, dtype: .int32, shape: [32], meaning: .tokens(vocabulary: 9))
        let scales = try DataSplit(columns: [Column(spec, (0..<70 * 32).map { Int32($0 % 9) })])
        let data = try DataSet(name: "scales", train: scales, test: scales)
        return (try description.build(data.spec, settings), data)
    }

    /// With a third class that there are no examples of.
    private func described(_ data: DataSet) throws -> DataSet {
        func split(_ split: DataSplit) throws -> DataSplit {
            let labels = Labels(values: split.labels?.values ?? [], classNames: ["rows", "columns", "squares"])
            return try DataSplit(columns: split.columns.map { $0.name == ColumnName.label ? try Column(labels) : $0 })
        }
        return try DataSet(name: data.name, train: split(data.train), test: split(data.test)).describingClasses(
            by: ClassAttributes(names: ["horizontal", "vertical"], values: [1, 0, 0, 1, 1, 1], unseen: [2]))
    }

    private func trainer(
        _ name: String, epochs: Int = 3, batchSize: Int = 16, rate: Double = 0.01, steps: Int? = nil,
        settings extra: [String: String] = [:]
    ) throws -> Trainer {
        let description = try Zoo.builtIn[name]
        let typed = (Self.small[name] ?? [:]).merging(extra) { $1 }
        let settings = try Hyperparameters(description.hyperparameters, typed)
        return try Trainer(
            model: description.build(domain, settings),
            optimizer: description.suitedOptimizer(rate), data: data,
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: batchSize, seed: 1, steps: steps))
    }

    private func reports(_ trainer: Trainer) throws -> [EpochReport] {
        var reports: [EpochReport] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { reports.append(report) } }
        return reports
    }

    /// What must have improved, and by how much, after thirty epochs.
    @Test(
        arguments: [
            ("vae", "elbo", 8), ("deep-autoencoder", "cross_entropy", -8), ("rbm", "reconstruction_error", -1.5),
            ("denoising-autoencoder", "cross_entropy", -3), ("classifier", "cross_entropy", -0.1),
            ("multitask", "label_cross_entropy", -0.1), ("regressor", "r_squared", 0.05),
            ("multi-label", "cross_entropy", -0.2),
            ("discriminative-rbm", "cross_entropy", -0.1), ("simclr", "contrastive_loss", -0.03),
            ("flow-matching", "flow_matching_loss", -0.3), ("diffusion", "denoising_loss", -0.2),
            ("made", "log_likelihood", 1), ("fvsbn", "log_likelihood", 1), ("nade", "log_likelihood", 1),
            ("real-nvp", "log_likelihood", 5),
        ] as [(String, String, Float)])
    func modelsLearn(name: String, metric: String, gain: Float) throws {
        let reports = try reports(trainer(name, epochs: 30))
        let values = reports.map { report in report.test.first { $0.name == metric }?.value ?? .nan }
        #expect(reports.count == 30)
        #expect(gain > 0 ? values[29] - values[0] > gain : values[29] - values[0] < gain, "\(values)")
        #expect(reports[0].train.map(\.name) == reports[0].test.map(\.name))
    }

    @Test func bothPlayersOfAGANMove() throws {
        let trainer = try trainer("gan", epochs: 30)
        let before = try trainer.checkpoint().variables
        let last = try #require(try reports(trainer).last)
        let after = try trainer.checkpoint().variables
        for name in ["generator.0.weight", "discriminator.0.weight"] { #expect(before[name] != after[name]) }
        let accuracy = try #require(last.train.first { $0.name == "discriminator_accuracy" })
        #expect(accuracy.value > 0.3 && accuracy.value < 1)
    }

    @Test func persistentChainsAreKept() throws {
        let trainer = try trainer("rbm", settings: ["chains": "10", "cd": "2"])
        _ = try reports(trainer)
        let chain = try #require(try trainer.checkpoint().variables["rbm.chain"])
        #expect(chain.shape == [10, 36] && chain.floats.allSatisfy { $0 == 0 || $0 == 1 })
    }

    @Test func theLastPartialBatchIsTrainedOn() throws {
        // 70 = 4 · 16 + 6
        let trainer = try trainer("vae", epochs: 2)
        #expect(trainer.batchesPerEpoch == 5)
        #expect(try reports(trainer).map(\.step) == [5, 10])
        let one = try self.trainer("vae", epochs: 1, batchSize: 70)
        #expect(try reports(one).map(\.step) == [1])
    }

    @Test(arguments: ["vae", "rbm", "gan"]) func continuingIsAsIfNeverStopped(name: String) throws {
        let whole = try trainer(name)
        let expected = try reports(whole)

        // Stopped within the second epoch, saved, and taken up by another session.
        let first = try trainer(name)
        for _ in 0..<7 { try first.trainStep() }
        let path = temporary("resume-\(name).safetensors")
        try first.checkpoint().write(path)
        let second = try trainer(name)
        try second.restore(Checkpoint(path: path))
        let rest = try reports(second)

        #expect(rest.map(\.train) == expected.dropFirst().map(\.train))
        #expect(rest.map(\.test) == expected.dropFirst().map(\.test))
        let (resumed, uninterrupted) = (try second.checkpoint().variables, try whole.checkpoint().variables)
        #expect(resumed == uninterrupted)
    }

    /// Sums of metrics begin anew with each epoch, so that a run of a version that reported others goes on from its end, and
    /// from nowhere else.
    @Test func metricsMayChangeBetweenEpochs() throws {
        let whole = try trainer("vae")
        let expected = try reports(whole)
        func stopped(after steps: Int) throws -> Checkpoint {
            let first = try trainer("vae")
            for _ in 0..<steps { try first.trainStep() }
            var checkpoint = try first.checkpoint()
            let sums = checkpoint.variables.keys.filter { $0.hasPrefix("training.sum.") }
            #expect(!sums.isEmpty)
            for name in sums { checkpoint.variables[name] = nil }
            return checkpoint
        }
        let second = try trainer("vae")
        try second.restore(stopped(after: 5))
        #expect(try reports(second).map(\.train) == expected.dropFirst().map(\.train))
        #expect(try second.checkpoint().variables == whole.checkpoint().variables)
        let error = #expect(throws: StrataError.self) { try self.trainer("vae").restore(stopped(after: 7)) }
        #expect(error?.kind == .checkpoint && error?.message.contains("within an epoch") == true)
    }

    /// On this thread; the workers' part is counted with the SIMD backend's own tests.
    @Test(arguments: Zoo.builtIn.models.map(\.name)) func aStepAllocatesNothing(name: String) throws {
        let description = try Zoo.builtIn[name]
        let settings = try Hyperparameters(description.hyperparameters, Self.small[name] ?? [:])
        let (model, data) = try suited(description, settings)
        let trainer = try Trainer(
            model: model, optimizer: description.suitedOptimizer(0.01), data: data,
            session: Session(backend: SIMDBackend(configuration: BackendConfiguration(threads: 1)), seed: 1),
            configuration: TrainingConfiguration(epochs: 3, batchSize: 10, seed: 1))
        // The first steps make the program, and the order of the epoch.
        for _ in 0..<3 { try trainer.trainStep() }
        let before = strata_malloc_count()
        try trainer.trainStep()
        let after = strata_malloc_count()
        #expect(after == before && before > 0)
    }

    @Test func stepsBoundTheTraining() throws {
        let trainer = try trainer("vae", steps: 7)
        #expect(try reports(trainer).map(\.step) == [5, 7])
        #expect(trainer.step == 7 && trainer.isFinished)
        #expect(try reports(self.trainer("vae", steps: 0)).isEmpty)
    }

    @Test func aLossThatIsNoNumberStopsAndNamesTheStep() throws {
        let trainer = try trainer("vae", epochs: 50, rate: 1e20)
        let error = try #require(throws: StrataError.self) { try reports(trainer) }
        #expect(error.kind == .notFinite)
        #expect(error.message.contains("at training step "), "\(error.message)")
    }

    @Test(arguments: [0, -3, 71]) func batchSizesThatDoNotFitAreRefused(size: Int) throws {
        let error = try #require(throws: StrataError.self) { try trainer("vae", batchSize: size) }
        #expect(error.kind == .usage && error.message.contains("batchSize \(size)"))
    }

    @Test func aCheckpointOfAnotherModelIsRefusedAndChangesNothing() throws {
        let other = try trainer("vae", settings: ["hidden": "9"])
        try other.trainStep()
        let trainer = try trainer("vae")
        let before = try trainer.checkpoint().variables
        let error = try #require(throws: StrataError.self) { try trainer.restore(other.checkpoint()) }
        #expect(error.kind == .checkpoint && error.message.contains("the model has"), "\(error.message)")
        #expect(try trainer.checkpoint().variables == before)
    }

    @Test func eventsComeAsAnAsynchronousSequence() async throws {
        let trainer = try trainer("vae", epochs: 2)
        var epochs = 0
        for try await event in trainer.events { if case .epoch = event { epochs += 1 } }
        #expect(epochs == 2)
    }

    private func temporary(_ name: String) -> String { "/tmp/strata-test-\(UInt64.random(in: 0 ... .max))-\(name)" }
}
