import Strata
import StrataCommand
import StrataTemplate

/// The command `strata` with a model, a data set, a backend, an optimizer and a schedule that Strata does not know:
///
///     swift run Extending train mine --data mine --backend template --optimizer mine --schedule mine
@main
struct Main {
    static func main() async {
        await StrataCommand.main(
            zoo: .builtIn + [GatedAutoencoder.description], data: .builtIn + [Ring.entry],
            backends: .builtIn + [TemplateBackend.self], optimizers: .builtIn + [SignDescent.description],
            schedules: .builtIn + [InverseRoot.description])
    }
}
