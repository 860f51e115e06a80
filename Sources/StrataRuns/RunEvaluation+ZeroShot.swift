import StrataBackend
import StrataData
import StrataEvaluation
import StrataModels

extension RunEvaluation {
    /// How the model does on unseen classes, alone and among the seen ones, beside chance and a linear model, with a
    /// figure.
    func zeroShot() throws -> EvaluationReport.Section {
        guard let attributes = data.attributes, !attributes.unseen.isEmpty else {
            throw StrataError(.data, "zero-shot: '\(data.name)' has no classes that are unseen in training")
        }
        let curve = try SeenUnseenCurve(predictor, on: data.test, attributes)
        let linear = try ZeroShotBaseline.curve(
            on: data, backend: predictor.backend, seed: run.configuration.seed)
        func rows(_ curve: SeenUnseenCurve, _ prefix: String) -> [(name: String, value: JSONValue)] {
            let plain = curve.accuracies(bias: 0)
            return [
                ("\(prefix)zero_shot_accuracy", .number(curve.zeroShotAccuracy)),
                ("\(prefix)seen_accuracy", .number(plain.seen)), ("\(prefix)unseen_accuracy", .number(plain.unseen)),
                ("\(prefix)harmonic_mean", .number(plain.harmonicMean)),
                ("\(prefix)seen_unseen_area", .number(curve.area)),
            ]
        }
        var chart = LossChart(
            title: "\(run.configuration.model): seen and unseen classes", xLabel: "accuracy on unseen classes",
            yLabel: "accuracy on seen classes")
        chart.series = [(run.configuration.model, curve), ("linear ESZSL", linear)].map { name, curve in
            // The legend tells where a line ends: on the left, by seen classes alone.
            LossChart.Series(name, points: curve.points.reversed().map { ($0.accuracies.unseen, $0.accuracies.seen) })
        }
        let path = "\(run.folder.path)/zero-shot.svg"
        try AtomicFile.write(path, Array(chart.svg.utf8))
        return EvaluationReport.Section(
            title: "\(attributes.unseen.count) unseen classes of \(attributes.classes), beside chance and linear ESZSL",
            rows: rows(curve, "") + [("chance", .number(curve.chance))] + rows(linear, "linear_"),
            images: [
                .init(
                    title: "Seen and unseen",
                    caption:
                        "Accuracy on seen over unseen classes, as a bias is taken off the scores of the seen ones.",
                    path: path)
            ])
    }
}
