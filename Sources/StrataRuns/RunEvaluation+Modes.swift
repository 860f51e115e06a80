import StrataBackend
import StrataEvaluation
import StrataModels

extension RunEvaluation {
    /// How samples cover the modes that a classifier tells apart, beside as many draws of modes that are all as probable.
    func modes() throws -> EvaluationReport.Section {
        guard predictor.model is any SamplingModel, !predictor.model.hasTokens else {
            throw StrataError(.unsupported, "modes: \(run.configuration.model) has no samples that could be classified")
        }
        guard let classifier = options.classifier else {
            throw StrataError(.usage, "modes: a trained classifier tells them, and none is given")
        }
        let found = try ModeCoverage(
            predictor.sample(options.samples, seed: run.configuration.seed), width: predictor.features,
            by: classifier.predictor)
        let uniform = try ModeCoverage.uniform(options.samples, among: found.modes, seed: run.configuration.seed)
        return EvaluationReport.Section(
            title: "Modes of \(options.samples) samples, as \(classifier.name) tells them",
            rows: [
                ("modes", .integer(found.modes)), ("modes_covered", .integer(found.covered)),
                ("mode_divergence", .number(found.divergence)),
                ("uniform_modes_covered", .integer(uniform.covered)),
                ("uniform_mode_divergence", .number(uniform.divergence)),
            ])
    }
}
