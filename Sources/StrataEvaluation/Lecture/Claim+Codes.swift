import StrataBackend
import StrataData
import StrataTraining

extension Claim {
    /// Distributed against local codes (Bengio, "Learning deep architectures for AI", 2009, section 3).
    static let distributed = Claim(
        "distributed", "A distributed code tells more than a local one of as many units.",
        experiment:
            "k-means gives an image one of k units, an autoencoder gives it k numbers; a linear classifier reads the class off"
            + " either code. The number is the test accuracy on 16 distributed units, less that on 16 local ones.",
        command:
            "strata train k-means --clusters 16; strata train autoencoder --code 16; strata evaluate RUN --only probes"
    ) { setting in
        let data = try setting.fewImages()
        let sizes = [4, 8, 16, 32]
        var accuracies: [String: [[Double]]] = [:]
        for seed in setting.seeds {
            for (kind, model, units) in [("local", "k-means", "clusters"), ("distributed", "autoencoder", "code")] {
                let row = try sizes.map { size in
                    let predictor = try setting.predictor(
                        model, [units: "\(size)"], steps: model == "k-means" ? 800 : 1500, on: data, seed: seed)
                    return try LinearProbe.accuracy(
                        train: LabelledCodes(predictor, of: data.train), test: LabelledCodes(predictor, of: data.test),
                        backend: setting.backend, seed: seed)
                }
                accuracies[kind, default: []].append(row)
            }
        }
        var chart = LossChart(
            title: "What a linear classifier reads off a code", xLabel: "units", yLabel: "test accuracy")
        chart.categories = sizes.map(String.init)
        for kind in ["local", "distributed"] {
            let means = sizes.indices.map { place in MeanOverSeeds((accuracies[kind] ?? []).map { $0[place] }) }
            chart.series.append(
                .init(
                    kind, points: means.enumerated().map { (Double($0), $1.value) },
                    errors: means.map { $0.margin ?? 0 }))
        }
        let pairs = zip(accuracies["distributed"] ?? [], accuracies["local"] ?? [])
        var finding = Finding(
            "accuracy on 16 distributed units, less that on 16 local ones", MeanOverSeeds(pairs.map { $0[2] - $1[2] }))
        finding.charts = [("Codes of k units", "Bars are intervals of 95 % over the seeds.", chart.svg)]
        return finding
    }

    /// Layer-wise pretraining as initialisation (Hinton, Osindero and Teh 2006; Erhan et al. 2010).
    static let pretraining = Claim(
        "pretraining", "Layers that were pretrained without labels are a better start than random ones.",
        experiment:
            "Three layers of sigmoid units begin at random or as restricted Boltzmann machines that have seen 10,000 images"
            + " without labels, and are fine-tuned on 100 labels. The number is the test accuracy with pretraining, less that"
            + " without.",
        command: "strata experiment pretraining --depths 3 --labels 100,1000,10000"
    ) { setting in
        let experiment = PretrainingExperiment(
            starts: ["random", "rbm"], depths: [3], labels: [100], seeds: setting.seeds, width: 300,
            pretrainingEpochs: 15, steps: 1000, learningRate: 0.02)
        var outcomes: [PretrainingExperiment.Outcome] = []
        try experiment.run(on: setting.fewImages(), backend: setting.backend) {
            outcomes.append($0)
            return true
        }
        let accuracies = ["random", "rbm"].map { start in outcomes.filter { $0.start == start }.map(\.accuracy) }
        var finding = Finding(
            "test accuracy with pretraining, less that without",
            MeanOverSeeds(zip(accuracies[1], accuracies[0]).map { $0 - $1 }))
        finding.rows = zip(["accuracy_from_random", "accuracy_from_pretrained"], accuracies).map {
            ($0, MeanOverSeeds($1).value)
        }
        return finding
    }

    /// A denoising autoencoder's reconstruction less its input as a field of arrows to where examples are dense (Alain and
    /// Bengio, "What regularized auto-encoders learn from the data-generating distribution", 2014).
    static let denoising = Claim(
        "denoising", "A denoising autoencoder points to where the examples are.",
        experiment:
            "Points on two arms of a spiral get normal noise of 0.05, and an autoencoder learns to undo it. Test points with"
            + " such noise are reconstructed. The number is the share of their distance from the nearest training point that"
            + " goes away.",
        command: "strata train denoising-autoencoder --data spirals --loss squared --corruption gaussian"
    ) { setting in
        let data = try Spirals().dataSet()
        var (gains, chart): ([Double], String?) = ([], nil)
        for seed in setting.seeds {
            let predictor = try setting.predictor(
                "denoising-autoencoder",
                [
                    "hidden": "100,100", "code": "50", "code-activation": "relu", "loss": "squared",
                    "corruption": "gaussian", "corruption-level": "0.05", "penalty": "none",
                ], steps: 4000, on: data, seed: seed)
            var draws = Draws(seed: seed, stream: 0x6E6F_6973)
            let noisy = try data.test.values(0..<min(1000, data.test.count)).map { $0 + Float(0.05 * draws.normal()) }
            let distances = try [noisy, predictor.reconstruct(noisy)].map { points in
                try Codes(points, width: 2).meanDistance(
                    among: Codes(examples: data.train), backend: setting.backend)
            }
            gains.append(1 - distances[1] / max(distances[0], .leastNormalMagnitude))
            if chart == nil {
                let places = VectorField.grid(24)
                func points(_ values: [Float]) -> [VectorField.Point] {
                    stride(from: 0, to: values.count - 1, by: 2).map { (Double(values[$0]), Double(values[$0 + 1])) }
                }
                chart =
                    VectorField(
                        title: "Reconstruction less input", points: points(try data.train.values(0..<2000)),
                        arrows: zip(points(places), points(try predictor.reconstruct(places))).map { ($0, $1) }
                    ).svg
            }
        }
        var finding = Finding("share of the distance from the nearest example that goes away", MeanOverSeeds(gains))
        finding.charts = [("Vector field", "Where the model moves each place; the examples are orange.", chart ?? "")]
        return finding
    }
}

extension Codes {
    /// The mean Euclidean distance of each code from the nearest of others.
    func meanDistance(among known: Codes, backend: any Backend) throws -> Double {
        var sum = 0.0
        try NearestNeighbours.search(self, among: known, count: 1, backend: backend) { row, nearest in
            if let first = nearest.first { sum += squaredDistance(row, known, first).squareRoot() }
        }
        return sum / Double(max(count, 1))
    }
}
