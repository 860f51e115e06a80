import ArgumentParser
public import StrataBackend
public import StrataData
public import StrataModels
public import StrataNN
import StrataONNX
public import StrataRuns

/// The command `strata`, for a program of one's own that ends in it:
///
/// ```
/// @main struct Main {
///     static func main() async {
///         await StrataCommand.main(
///             zoo: .builtIn + [MyModel.description], data: .builtIn + [myData], backends: .builtIn + [MyBackend.self])
///     }
/// }
/// ```
public enum StrataCommand {
    /// Runs the command with the arguments of the process, and ends it.
    ///
    /// Stays on the main thread, whose stack is the largest.
    ///
    /// - Parameters:
    ///   - zoo: the models that `train` and its like take.
    ///   - data: the sets that `--data` takes.
    ///   - backends: those that `--backend` takes, the first by default, besides the ones over C libraries that this build
    ///     has: a package trait brings each.
    ///   - optimizers: Those that `--optimizer` takes.
    ///   - schedules: Those that `--schedule` takes.
    @MainActor
    public static func main(
        zoo: Zoo = .builtIn, data: DataCatalog = .builtIn, backends: BackendRegistry = .builtIn,
        optimizers: [OptimizerDescription] = .builtIn, schedules: [ScheduleDescription] = .builtIn
    ) async {
        let toolbox = Toolbox(
            zoo: zoo + [ImportedNetworks.description], data: data + [.standardInput], backends: backends.withLibraries,
            optimizers: optimizers, schedules: schedules)
        Toolbox.$current.withValue(toolbox) { run(Array(CommandLine.arguments.dropFirst())) }
    }

    private static func run(_ arguments: [String]) {
        do {
            var command = try Root.parseAsRoot(arguments)
            try command.run()
        } catch let error as StrataError {
            Root.exit(withError: OptionError(error))
        } catch {
            Root.exit(withError: Suggestion(for: arguments, refusedBy: error) ?? error)
        }
    }
}

/// The root of the commands.
struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strata",
        abstract: "Trains, evaluates and uses models that learn deep representations.",
        discussion: "Try: strata train vae --data sprites --out runs/vae",
        version: "0.1.0",
        subcommands: [
            Train.self, Evaluate.self, Sample.self, Reconstruct.self, Encode.self, Interpolate.self, Latent.self,
            Attack.self, Outliers.self, Serve.self, Models.self, Experiment.self, CompareModels.self, Compare.self,
            Distance.self,
            Words.self, Analogy.self, Export.self, Import.self,
            Backends.self, DataSets.self, Check.self, ShowGraph.self, Bench.self, Profile.self,
        ])
}
