import StrataBackend
import StrataCompiler
import StrataData
import StrataTraining

extension Claim {
    /// Several tasks of one network (Caruana 1997).
    static let multitask = Claim(
        "multitask", "Tasks that are learned together help one another.",
        experiment:
            "Of 1,000 sprites one network learns shape, size and place, and three networks learn one of these each. The number"
            + " is the test accuracy together, less that alone, the mean over the tasks.",
        command: "strata experiment multitask --data first:1000:sprites --heads label,size,x"
    ) { setting in
        let data = try DataSet(
            name: setting.sprites.name,
            train: setting.sprites.train.subset((0..<Int32(min(1000, setting.sprites.train.count))).map { $0 }),
            test: setting.sprites.test)
        let experiment = MultiTaskExperiment(
            try setting.contestant("multitask", ["heads": "label,size,x", "hidden": "256"], steps: 800),
            seeds: setting.seeds)
        var outcomes: [MultiTaskExperiment.Outcome] = []
        try experiment.run(on: data, backend: setting.backend) {
            outcomes.append($0)
            return true
        }
        let gains = setting.seeds.map { seed -> Double in
            let own = outcomes.filter { $0.seed == seed }.map(\.gain)
            return own.reduce(0, +) / Double(max(own.count, 1))
        }
        var finding = Finding("accuracy together, less that alone, mean over the tasks", MeanOverSeeds(gains))
        finding.rows = MultiTaskExperiment.summaries(of: outcomes).flatMap { summary in
            [("\(summary.task)_together", summary.together.value), ("\(summary.task)_alone", summary.alone.value)]
        }
        return finding
    }

    /// Layers of one task for another (Yosinski et al. 2014).
    static let transfer = Claim(
        "transfer", "Layers that have learned some classes are a better start for others.",
        experiment:
            "A convolutional network learns the first half of the classes. Networks then learn the other half from 20 labels, with"
            + " its layers or from random ones. The number is the test accuracy with its layers, less that without.",
        command:
            "strata experiment transfer --source classes:0-4:fashion-mnist --data classes:5-9:fashion-mnist --network conv"
    ) { setting in
        let data = try setting.fewImages()
        let classes = data.classNames?.count ?? 0
        guard classes > 3 else {
            throw StrataError(.data, "'\(data.name)' has \(classes) classes, and halves of them take 4 at least")
        }
        let half = Int32(classes / 2)
        let (source, target) = (
            try SomeClasses((0..<half).map { $0 }).dataSet(of: data, name: "first half"),
            try SomeClasses((half..<Int32(classes)).map { $0 }).dataSet(of: data, name: "second half")
        )
        let network = ["network": "conv", "channels": "16,32", "dense": "64"]
        var own = try setting.contestant("classifier", network, steps: 300)
        own.description.optimizer = .adam(1e-3)
        let experiment = TransferExperiment(
            source: own, target: own, methods: [.scratch, .frozen, .fineTuned], labels: [20, 100], seeds: setting.seeds)
        var trials: [Trial] = []
        try experiment.run(from: source, to: target, backend: setting.backend) {
            trials.append($0)
            return true
        }
        let summaries = TrialSummary.all(of: trials)
        let tuned = summaries.first { $0.method == TransferExperiment.Method.fineTuned.rawValue && $0.labels == 20 }
        var finding = Finding(
            "accuracy with the layers, less that from random ones, of 20 labels",
            tuned?.gains["accuracy"] ?? MeanOverSeeds([]))
        let chart = TrialSummary.chart(
            of: trials, score: "accuracy", title: "Other classes, few labels", yLabel: "test accuracy")
        finding.charts = [("By the number of labels", "Bars are intervals of 95 % over the seeds.", chart.svg)]
        return finding
    }

    /// Classes known by their description alone (Lampert, Nickisch and Harmeling, "Learning to detect unseen object classes by
    /// between-class attribute transfer", 2009; Romera-Paredes and Torr, "An embarrassingly simple approach to zero-shot
    /// learning", 2015).
    static let zeroShot = Claim(
        "zero-shot", "A class without examples can be told by what is known of it.",
        experiment:
            "Classes are combinations of the causes of sprites, some of which training never shows. A linear map to the"
            + " descriptions of classes tells test examples of these apart. The number is its accuracy, less that of chance.",
        command: "strata experiment zero-shot --data combined:sprites"
    ) { setting in
        var gains: [Double] = []
        for seed in setting.seeds {
            let data = try FactorCombinations().dataSet(of: setting.sprites, name: "combined", seed: seed)
            let unseen = Double(max(data.attributes?.unseen.count ?? 1, 1))
            let curve = try ZeroShotBaseline.curve(on: data, backend: setting.backend, seed: seed)
            gains.append(curve.zeroShotAccuracy - 1 / unseen)
        }
        return Finding("accuracy on unseen classes, less that of chance", MeanOverSeeds(gains))
    }

    /// The smallest of changes (Goodfellow, Shlens and Szegedy 2015).
    static let adversarial = Claim(
        "adversarial", "Changes that nobody sees make another class of an image.",
        experiment:
            "Each pixel of 500 test images is moved by 0.02 of the way from black to white at most, along the gradient of a"
            + " classifier's loss. The number is how much the test accuracy falls.",
        command: "strata train classifier; strata attack RUN --sizes 0,0.007,0.02,0.05"
    ) { setting in
        let data = try setting.fewImages()
        let attack = RobustAccuracy(
            sizes: [0, 0.007, 0.02, 0.05], steps: [1], within: data.spec.example.isBrightness ? 0...1 : nil,
            examples: 500)
        var accuracies: [[Double]] = []
        var pictures: [Float] = []
        for seed in setting.seeds {
            let predictor = try setting.predictor(
                "classifier", ["hidden": "500,500"], steps: 600, on: data, seed: seed)
            accuracies.append(try attack.evaluate(predictor, on: data.test, seed: seed).map(\.accuracy))
            if pictures.isEmpty {
                let fooled = try attack.fooled(predictor, on: data.test, count: 8, seed: seed)?.examples ?? []
                pictures = RobustAccuracy.picture(of: fooled)
            }
        }
        var chart = LossChart(title: "A classifier under attack", xLabel: "change of a pixel", yLabel: "test accuracy")
        let means = attack.sizes.indices.map { place in MeanOverSeeds(accuracies.map { $0[place] }) }
        chart.categories = attack.sizes.map { "\($0)" }
        chart.series = [
            .init(
                "fast gradient", points: means.enumerated().map { (Double($0), $1.value) },
                errors: means.map { $0.margin ?? 0 })
        ]
        var finding = Finding(
            "test accuracy, less that with changes of 0.02", MeanOverSeeds(accuracies.map { $0[0] - $0[2] }))
        finding.charts = [("By the size of the change", "Bars are intervals of 95 % over the seeds.", chart.svg)]
        if !pictures.isEmpty {
            finding.images = [
                (
                    "Image, change, sum",
                    "Test images, a change each about gray and as strong as can be shown, and what the classifier takes for"
                        + " another class.",
                    pictures, data.exampleShape.extents, pictures.count / 3 / data.spec.features
                )
            ]
        }
        return finding
    }
}
