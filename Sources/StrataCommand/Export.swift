import ArgumentParser
import StrataBackend
import StrataData
import StrataRuns

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a trained model as a file of another program's.",
        discussion: ExportFormat.all.map { "\(padded($0.name, 8))  \($0.summary)" }.joined(separator: "\n"))

    @Argument(help: ArgumentHelp("The run folder, or a checkpoint.", valueName: "run"))
    var source: String

    @Option(
        help: ArgumentHelp("The format: \(ExportFormat.all.map(\.name).joined(separator: ", ")).", valueName: "format"))
    var to: String

    @Option(help: "The file or folder (default: one of the format's name in the run folder).")
    var out: String?

    @Option(help: "The weights: last, ema (their averages) or best (of the epoch with the best validation criterion).")
    var weights = Run.Weights.last

    @Option(parsing: .unconditional, help: "The version of ONNX's operator set, 17 to 22 (default: 17).")
    var opset: Int?

    @Option(
        help: ArgumentHelp(
            "An ability to be written as a model of ONNX, or several (default: all that the model has)."))
    var ability: [String] = []

    @Flag(help: "Replace what --out holds already.")
    var force = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let format = ExportFormat.all.first(where: { $0.name == to }) else {
            throw StrataError.unknown("format", to, among: ExportFormat.all.map(\.name))
        }
        let opened = try Toolbox.current.open(source)
        var request = ExportFormat.Request(path: out ?? "", weights: weights, opset: opset, abilities: ability)
        try request.check(format)
        let path = out ?? "\(opened.folder.path)/\(format.file)"
        if out != nil, !force, FileBytes.kind(path) != .missing {
            throw StrataError(.usage, "\(path) is there already: name another --out, or replace it with --force")
        }
        request.path = path
        for note in try format.write(opened, request) { output.note(note) }
        guard output.json else { return output.say("\(opened.configuration.model) is in \(path)") }
        print(try JSONValue.object(["format": .string(format.name), "out": .string(path)]).line)
    }
}
