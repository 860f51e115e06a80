import ArgumentParser

/// The command `strata`.
@main
struct StrataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strata",
        abstract: "Trains, evaluates and uses models that learn deep representations.",
        discussion: "Try: strata train vae --data sprites --out runs/vae",
        version: "0.1.0",
        subcommands: [
            Train.self, Evaluate.self, Sample.self, Reconstruct.self, Encode.self, Interpolate.self, Models.self,
            Experiment.self, Compare.self, Words.self, Analogy.self,
            Backends.self, DataSets.self, Check.self, ShowGraph.self, Bench.self, Profile.self,
        ])
}
