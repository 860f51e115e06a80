import Strata
import Testing

/// Data, files, training, evaluation, runs and words, given what does not fit.
@Suite struct DataSweepTests {
    @Test func data() throws {
        var sweep = Sweep()
        let folder = try TemporaryFolder()
        let small = try Sprites().dataSet(train: 20, test: 5)
        for n in Sweep.numbers {
            sweep.call("sprites \(n)") { try Sprites(side: n) }
            sweep.call("sprite \(n)") { try Sprites().image(at: n) }
            sweep.call("sprites of \(n)") { try Sprites(side: 4).dataSet(train: n, test: n) }
            sweep.call("outlines of \(n)") { try Outlines.rectangles.dataSet(train: n, test: n) }
            sweep.call("spirals of \(n)") { try Spirals().dataSet(train: n, test: n) }
            sweep.call("sea of \(n)") { try SEAConcepts().dataSet(train: min(n, 1000), test: min(n, 1000)) }
            sweep.call("course \(n)") {
                PrequentialEvaluation.Course(isRight: [true, false]).accuracies(parts: n)
            }
            sweep.call("grid of \(n)") { try PlanarMixture.grid.dataSet(train: n, test: n) }
            sweep.call("modes of \(n)") {
                let modes = GaussianModes(centres: [1, 2, 3], width: n, standardDeviation: .nan)
                return try ModeCoverage(Codes([1, 2, 3], width: 3), modes).measures
            }
            sweep.call("uniform modes \(n)") { try ModeCoverage.uniform(min(n, 1000), among: n, seed: 0) }
            sweep.call("modes among \(n)") { try ModeCoverage([0, n], among: n) }
            sweep.call("stacked \(n)") {
                try StackedImages(channels: n).dataSet(of: small, train: min(n, 1000), test: min(n, 1000))
            }
            sweep.call("labels \(n)") { try small.train.withLabels(n) }
            sweep.call("stored \(n)") { try StoredArray(dtype: .float32, shape: [n, n], bytes: [1, 2]) }
            sweep.call("stored floats \(n)") { try StoredArray([1, 2] as [Float], shape: [n]) }
            sweep.call("split \(n)") { try DataSplit(dtype: .uint8, exampleShape: [n], bytes: [1, 2], count: n) }
            sweep.call("image \(n)") { try Image(width: n, height: n, channels: n, pixels: [1]) }
            sweep.call("grid \(n)") {
                try ImageGrid(columns: n, margin: n, zoom: n).image(of: [0.5, 0.5], shape: [1, 1])
            }
            sweep.call("grid of \(n)") { try ImageGrid().image(of: [0.5, 0.5], shape: [n, n]) }
            sweep.call("field \(n)") { VectorField.grid(min(n, 1000)) }
            sweep.call("spec \(n)") {
                DataSpec(features: n, classes: n, shape: [n]).unfitness(for: DataSpec(features: 1)) as Any
            }
            sweep.call("column \(n)") { try Column(ColumnSpec("c", dtype: .float32, shape: [n]), [1 as Float]) }
            sweep.call("file rows \(n)") {
                try FileRows(path: folder.path, offset: n, count: n, bytesPerRow: n)
            }
            sweep.call("reader \(n)") {
                try BatchReader(small.train, order: [0, 1], batchSize: n, ahead: n).next { _ in 0 } as Any
            }
            sweep.call("reader order \(n)") {
                try BatchReader(small.train, order: [Int32(clamping: n)], batchSize: 1, columns: [""]).next { _ in 0 }
                    as Any
            }
            sweep.call("subset \(n)") { try small.train.subset([Int32(clamping: n)]) }
            sweep.call("values \(n)") { try small.train.values(min(n, 0)..<max(n, 0)) }
            sweep.call("rows \(n)") { try small.train.examples.bytes(min(n, 0)..<max(n, 0)) }
            sweep.call("half \(n)") { try ImageHalf.allCases.map { try $0.mask([n]) } }
            sweep.call("factors \(n)") {
                try Column(Factors(names: ["a"], sizes: [n], values: [Int32(clamping: n)]))
            }
            sweep.call("label column \(n)") { try Column(Labels(values: [Int32(clamping: n)], classNames: ["a"])) }
        }
        for n in Sweep.numbers {
            sweep.call("attributes \(n)") { try ClassAttributes(names: ["a"], values: [1, 2], unseen: [n]) }
            sweep.call("combinations \(n)") {
                try FactorCombinations(levels: n, unseen: Double(n)).dataSet(of: small)
            }
            sweep.call("drawn \(n)") {
                let table = try ClassAttributes(names: ["a"], values: [1, 2])
                return (table.drawn(n, among: [n, 0], seed: 0), table.heldOut(Double(n), seed: 0))
            }
            sweep.call("glyphs of \(n)") { try Glyphs([]).dataSet(train: n, test: n) }
        }
        sweep.call("targets") { try Column(Targets(names: [], values: [1])) }
        sweep.call("means") { Targets(names: [], values: [1]).means + Targets(names: ["a"], values: []).means }
        sweep.call("weights") { try Column(weights: []) }
        sweep.call("no columns") { try DataSplit(columns: []) }
        for real in Sweep.reals {
            sweep.call("spirals \(real)") { try Spirals(turns: real, noise: real).dataSet(train: 4, test: 2) }
            sweep.call("sea \(real)") { try SEAConcepts(thresholds: [real], noise: real).dataSet(train: 4, test: 2) }
            sweep.call("rotating \(real)") { try RotatingImages(degrees: Double(real)).dataSet(of: small) }
            sweep.call("perturbed \(real)") { try PerturbedValues(share: Double(real)).dataSet(of: small) }
            sweep.call("rare \(real)") { try RareGroup(share: Double(real)).dataSet(of: small) }
            sweep.call("separation \(real)") {
                RankedSeparation(inliers: [Double(real), 1], outliers: [Double(real)]) as Any
            }
            sweep.call("plot \(real)") {
                IntervalPlot(title: "", label: "", rows: [.init("", Double(real), 0...1)], reference: Double(real)).svg
            }
            sweep.call("drift \(real)") {
                for name in DriftDetectorName.allCases {
                    var detector = name.detector
                    for place in 0..<200 { _ = detector.add(place % 3 == 0 ? Double(real) : 0) }
                }
                return 0
            }
            sweep.call("validating \(real)") { try small.validating(Double(real)) }
            sweep.call("weights \(real)") { try Column(weights: [real, 1]) }
            sweep.call("targets \(real)") { try Column(Targets(names: ["a"], values: [real])) }
            sweep.call("grid of \(real)") { try ImageGrid().image(of: [real], shape: [1, 1]) }
            let chart = LossChart(
                title: "", xLabel: "", yLabel: "", series: [.init("", [Double(real)]), .init("", [])])
            sweep.call("chart \(real)") { chart.svg }
            sweep.call("map \(real)") {
                HeatMap(title: "", rows: ["a"], columns: [], values: [[Double(real)], []]).svg
            }
        }
        for bytes in [[], [0], [0x93, 0x4E], Array("PK\u{3}\u{4}".utf8), [UInt8](repeating: 255, count: 300)]
            as [[UInt8]]
        {
            sweep.call("npy") { try NPY.parse(bytes, path: "x") }
            sweep.call("npz") { try NPZ(bytes, path: "x").array("a") as Any }
            sweep.call("idx") { try IDX.parse(bytes, path: "x") }
            sweep.call("safetensors") { try SafeTensors(parsing: bytes, path: "x") }
            sweep.call("pnm") { try Image(pnm: bytes, path: "x") }
            sweep.call("file") { try AtomicFile.write(folder.path + "/file", bytes) }
            for ending in ["", ".npy", ".npz", ".gz", ".png", ".idx"] {
                sweep.call("load \(ending)") {
                    try AtomicFile.write(folder.path + "/data\(ending)", bytes)
                    return try DataPath.load(folder.path + "/data\(ending)")
                }
            }
        }
        for text in Sweep.texts {
            sweep.call("load \(text)") { try DataCatalog.builtIn.load(text, DataOptions(memory: -1)) }
            sweep.call("path \(text)") { try DataPath.load(text) }
            sweep.call("read \(text)") { try SafeTensors.read(text) }
            sweep.call("checkpoint \(text)") { try Checkpoint(path: text) }
            sweep.call("write \(text)") { try AtomicFile.write(folder.path + "/\(text)", [1]) }
            sweep.call("check \(text)") { try AtomicFile.check(text) }
            sweep.call("images \(text)") { try ImageRows(files: [text], codecs: .none) }
            sweep.call("json \(text)") { try JSONValue.parse(text, place: "x") }
            sweep.call("run \(text)") { try Run(text) }
            sweep.call("folder \(text)") { try RunFolder(opening: text) }
            sweep.call("write numbers \(text)") {
                try ExampleFile.writeNumbers([1, 2], shape: [-1], to: folder.path + "/\(text.prefix(3)).npy")
            }
            sweep.call("write image \(text)") {
                try ExampleFile.write([1, 2], shape: [2, 0], to: folder.path + "/x.png", columns: -1)
            }
        }
        for n in Sweep.numbers {
            sweep.call("interleaved \(n)") { try RunImages.interleaved([[1, 2], [3]], width: n, columns: n) }
            sweep.call("can draw \(n)") { RunImages.canDraw([n, n]) }
            sweep.call("configuration \(n)") {
                try RunConfiguration(
                    model: "vae", exampleShape: [n], classes: n, targets: n, examples: n, epochs: n, batchSize: n,
                    optimizer: nil, backend: "simd"
                ).model()
            }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }

    @Test func training() throws {
        var sweep = Sweep()
        let backend = try SIMDBackend(configuration: BackendConfiguration(threads: 1))
        let data = try Sprites(side: 16).dataSet(train: 20, test: 5)
        let model = VariationalAutoencoder(features: 256, hidden: [4], latent: 2)
        for n in Sweep.numbers {
            sweep.call("threads \(n)") { try SIMDBackend(configuration: BackendConfiguration(threads: n)) }
            sweep.call("buffer \(n)") { try backend.makeBuffer(byteCount: n) }
            for configuration in [
                TrainingConfiguration(epochs: n, steps: 1), TrainingConfiguration(batchSize: n, steps: 1),
                TrainingConfiguration(batchSize: 5, steps: min(n, 2)), TrainingConfiguration(batchSize: 5, labels: n),
                TrainingConfiguration(batchSize: 5, patience: n),
                TrainingConfiguration(epochs: 1, batchSize: 5, memory: n),
            ] {
                sweep.call("trainer \(configuration)") {
                    let trainer = try Trainer(
                        model: model, optimizer: .adam(), data: data, session: Session(backend: backend),
                        configuration: configuration)
                    try trainer.trainStep()
                    return try trainer.evaluate()
                }
            }
            sweep.call("accumulation \(n)") {
                var optimizer = Optimizer.adam()
                optimizer.accumulation = n
                return try Trainer(model: model, optimizer: optimizer, data: data, session: Session(backend: backend))
            }
            sweep.call("other size \(n)") {
                try Trainer(
                    model: VariationalAutoencoder(features: n, hidden: [2]), optimizer: .adam(), data: data,
                    session: Session(backend: backend))
            }
            sweep.call("trace \(n)") {
                try TrainingGraph.trace(model, optimizer: .adam(), features: n, targets: n, batchSize: n, phase: n)
            }
            sweep.call("place \(n)") {
                try [0 as Float].withUnsafeBytes { try Session(backend: backend).place("x", .init([n]), $0) }
            }
            sweep.call("create \(n)") {
                try Session(backend: backend).create([StateVariable("v", [n, n], initializer: .constant(1))])
            }
        }
        let session = Session(backend: backend)
        for text in Sweep.texts {
            sweep.call("variable \(text)") { try session.readVariable(text) }
            sweep.call("write \(text)") { try [0].withUnsafeBytes { try session.writeVariable(text, $0) } }
            sweep.call("restore \(text)") { try Checkpoint(variables: [:]).restore([text], in: session) }
            sweep.call("average \(text)") { try Checkpoint(variables: [:], metadata: [text: text]).averaged() }
        }
        let function = try session.prepare(Graph(outputs: [("y", .input("x", [2]) + 1)]))
        for values in Sweep.arrays {
            sweep.call("input") { try function.write("x", values) }
            sweep.call("no input") { try function.write("z", values) }
            sweep.call("bytes") { try values.withUnsafeBytes { try function.input("x")?.write($0) as Any } }
        }
        sweep.call("output") { try function.read("z") }
        let machine = RestrictedBoltzmannMachine(features: 256, hidden: 3)
        for model in [model, machine] as [any Model] {
            let predictor = try Predictor(model, features: 256, session: Session(backend: backend))
            for values in Sweep.arrays + [[Float](repeating: 0.5, count: 512)] {
                sweep.call("encode") { try predictor.encode(values) }
                sweep.call("decode") { try predictor.decode(values) }
                sweep.call("layers") { try predictor.layers(values).count }
                sweep.call("reconstruct") { try predictor.reconstruct(values) }
                for n in Sweep.numbers {
                    if n < 1 << 30 { sweep.call("sample \(n)") { try predictor.sample(n, codesLike: values) } }
                    sweep.call("sample given \(n)") {
                        try predictor.sample(n, given: .init(values: values, mask: values, label: n))
                    }
                    if n < 1 << 30 {
                        sweep.call("interpolate \(n)") { try predictor.interpolate(from: values, to: values, steps: n) }
                    }
                    sweep.call("fields \(n)") { try predictor.receptiveFields(at: values, count: n) }
                    if n < 1 << 30 {
                        sweep.call("traversals \(n)") {
                            let codes = try LatentSpace(predictor).encode(values)
                            return try LatentSpace.traversals(of: codes, units: n, steps: n, deviations: 2).count
                        }
                    }
                }
            }
            for n in Sweep.numbers {
                sweep.call("huge sample \(n)") { try predictor.sample(n) }
                sweep.call("prior \(n)") { try predictor.priorCodes(n) }
                sweep.call("features \(n)") {
                    try Predictor(model, features: n, session: Session(backend: backend)).encode([1, 2])
                }
            }
            sweep.call("evaluate") { try predictor.evaluate(Spirals().dataSet(train: 4, test: 2).test) }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }

    @Test func evaluation() throws {
        var sweep = Sweep()
        let backend = try SIMDBackend(configuration: BackendConfiguration(threads: 1))
        for values in Sweep.arrays + [[Float](repeating: 1, count: 240), (0..<240).map { Float($0 % 7) } as [Float]] {
            for n in Sweep.numbers + [4] {
                guard let codes = try? Codes(values, width: n) else {
                    sweep.call("codes \(n)") { try Codes(values, width: n) }
                    continue
                }
                let count = codes.count
                let labels = Labels(values: (0..<count).map { Int32($0 % 2) }, classNames: ["a", "b"])
                let factors = Factors(names: ["f"], sizes: [2], values: (0..<count).map { Int32($0 % 2) })
                sweep.call("all") { try RepresentationMeasures.all(codes: codes, labels: labels, backend: backend) }
                sweep.call("factors") { try Disentanglement.scores(codes: codes, factors: factors) }
                sweep.call("no factors") { try FactoredCodes(codes, Factors(names: [], sizes: [], values: [])) }
                sweep.call("no labels") { try LabelledCodes(codes, Labels(values: [], classNames: [])) }
                sweep.call("alike") { try CenteredKernelAlignment.linear(codes, codes, backend: backend) }
                sweep.call("hoyer") { try Sparseness.hoyer(codes) }
                sweep.call("activity") { try UnitActivity(codes) }
                for m in Sweep.numbers {
                    sweep.call("distances \(m)") { try NeighbourDistances(codes, neighbours: m, backend: backend) }
                    sweep.call("neighbours \(m)") {
                        let labelled = try LabelledCodes(codes, labels)
                        return try NearestNeighbours.accuracies(
                            of: labelled, among: labelled, neighbours: [m], backend: backend)
                    }
                    sweep.call("probe \(m)") {
                        let labelled = try LabelledCodes(codes, labels)
                        return try LinearProbe.accuracy(
                            train: labelled, test: labelled, backend: backend, seed: 1, steps: min(m, 5))
                    }
                    sweep.call("gap \(m)") {
                        try MutualInformationGap.score(FactoredCodes(codes, factors), bins: min(m, 1 << 20))
                    }
                    sweep.call("votes \(m)") {
                        try FactorVAEScore.score(FactoredCodes(codes, factors), votes: min(m, 9), examples: min(m, 9))
                    }
                }
            }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }

    @Test func words() throws {
        var sweep = Sweep()
        let folder = try TemporaryFolder()
        let backend = try SIMDBackend(configuration: BackendConfiguration(threads: 1))
        for n in Sweep.numbers {
            for text in Sweep.texts + ["a b c d\na b c d\n"] {
                sweep.call("corpus \(n) \(text.prefix(9))") {
                    let corpus = try Corpus(text: text, minimumCount: n)
                    return try Trainer(
                        corpus, session: Session(backend: backend),
                        configuration: SkipGramConfiguration(dimensions: 4, epochs: 1, batchSize: 2)
                    ).trainStep()
                }
                sweep.call("vectors \(n) \(text.prefix(9))") {
                    let vectors = try WordVectors(words: [text], values: [1, 2], width: n)
                    _ = try vectors.require(text)
                    try vectors.write(folder.path + "/v", as: .text)
                    return try WordSearch(vectors, backend: backend).matches(
                        [WordSearch.Query([(n, 1)]), WordSearch.Query([])], count: n)
                }
            }
            for (position, count) in [(n, 1), (0, n), (n, n)] {
                sweep.call("word search \(position) \(count)") {
                    try WordSearch(WordVectors(words: ["a", "b"], values: [1, 2], width: 1), backend: backend).matches(
                        [WordSearch.Query([(position, 1)]), WordSearch.Query([])], count: count)
                }
            }
            sweep.call("vocabulary \(n)") { try Vocabulary(["a": n, "b": n], minimumCount: n).noiseProbabilities() }
            for configuration in [
                SkipGramConfiguration(dimensions: n), SkipGramConfiguration(window: n),
                SkipGramConfiguration(negatives: n),
                SkipGramConfiguration(epochs: n), SkipGramConfiguration(batchSize: n),
            ] {
                sweep.call("skip-gram \(configuration)") {
                    try SkipGram(Vocabulary(["a": 9, "b": 9], minimumCount: 1), configuration).variables
                }
            }
        }
        for real in Sweep.reals {
            sweep.call("probabilities \(real)") {
                let vocabulary = try Vocabulary(["a": 9, "b": 9], minimumCount: 1)
                return (
                    vocabulary.keepProbabilities(threshold: Double(real)),
                    vocabulary.noiseProbabilities(power: Double(real))
                )
            }
        }
        for text in Sweep.texts {
            sweep.call("file \(text.prefix(9))") { try Corpus(path: text) }
            sweep.call("read \(text.prefix(9))") { try WordVectors(path: text) }
            sweep.call("questions \(text.prefix(9))") { try AnalogyQuestions(path: text) }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }
}
