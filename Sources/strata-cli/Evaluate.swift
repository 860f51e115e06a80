import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataEvaluation
import StrataModels
import StrataTraining

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell how good a trained model is.",
        discussion: "For an energy model with at most 20 hidden units the likelihood is exact.")

    @OptionGroup var options: RunOptions

    @Option(help: "The data (default: what the run was trained on).")
    var data: String?

    func run() throws {
        let run = try options.open()
        let data = try run.data(data)
        let trainer = try Trainer(
            model: run.model.model, optimizer: run.configuration.build().optimizer, data: data,
            session: run.model.session, configuration: TrainingConfiguration(batchSize: 1, seed: run.configuration.seed, steps: 0))
        var fields = JSONValue.metrics(try trainer.evaluate())
        let examples = data.test.count > 0 ? data.test : data.train
        if let likelihood = try EnergyEvaluation(run.model.model, session: run.model.session)?
            .evaluate(examples, seed: run.configuration.seed)
        {
            fields["pseudo_log_likelihood"] = .number(likelihood.pseudoLogLikelihood)
            fields["free_energies"] = .array(likelihood.firstFreeEnergies.map { .number(Double($0)) })
            fields["log_z"] = likelihood.logPartition.map(JSONValue.number)
            fields["log_likelihood"] = likelihood.logLikelihood.map(JSONValue.number)
        }
        if options.output.json {
            fields["run"] = .string(run.folder.path)
            fields["data"] = .string(data.name)
            print(try JSONValue.object(fields).line)
            return
        }
        let width = fields.keys.map(\.count).max() ?? 0
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let value = value.number { print("\(padded(name, width))  \(number(value, digits: 4))") }
        }
    }
}
