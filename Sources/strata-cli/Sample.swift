import ArgumentParser
import StrataBackend
import StrataData
import StrataFiles
import StrataModels
import StrataTraining

struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw new examples from a trained model.",
        discussion: """
            With --keep, half of each of the first test pictures is held and the other half is sampled; rows of
            originals have the row of their completions beneath. --keep and --class are for Boltzmann machines, --class
            for those with a label.
            """)

    @OptionGroup var options: RunOptions

    @Option(parsing: .unconditional, help: "How many (default: 64; 32 with --keep).")
    var count: Int?

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    @Option(name: .customLong("class"), parsing: .unconditional, help: "The class of all, by its name or number.")
    var className: String?

    @Option(help: "Hold a half of each of the first test pictures: top, bottom, left or right.")
    var keep: String?

    @Option(
        help: ArgumentHelp(
            "A .png picture of all, or an .npy file of numbers (default: samples.png in the run folder;"
                + " completions.png with --keep)."))
    var out: String?

    func run() throws {
        let wanted = count ?? (keep == nil ? 64 : 32)
        try checkCount(wanted, option: "--count")
        let run = try options.open()
        let data = try run.data(nil)
        let label = try className.map { try Self.label($0, data.classNames, run.model.model) }
        if let keep {
            guard let half = PictureHalf(rawValue: keep) else {
                throw StrataError.unknown("half", keep, among: PictureHalf.allCases.map(\.rawValue))
            }
            return try complete(half, wanted, label, run, data)
        }

        let seed = UInt32(truncatingIfNeeded: seed)
        let samples = try label.map { try run.model.sample(wanted, seed: seed, given: .init(label: $0)) }
            ?? run.model.sample(wanted, seed: seed, codesLike: data.train.values(0..<min(2000, data.train.count)))
        let file = try ExampleFile.write(
            samples, shape: run.configuration.exampleShape, to: out ?? "\(run.folder.path)/samples.png", columns: nil)
        try options.report(file, ["count": .integer(wanted)], "\(wanted) samples are in \(file)")
    }

    /// The number of a class that a model with a label can sample.
    private static func label(_ text: String, _ classNames: [String]?, _ model: any Model) throws -> Int {
        let classes = (model as? any ClampedSamplingModel)?.labelClasses ?? 0
        guard classes > 0 else {
            throw StrataError(.unsupported, "--class \(text): this model cannot sample a class: it has no label units")
        }
        let names = classNames.flatMap { $0.count == classes ? $0 : nil } ?? (0..<classes).map(String.init)
        if let number = names.firstIndex(of: text) { return number }
        if let number = Int(text), names.indices.contains(number) { return number }
        throw StrataError.unknown("class", text, among: names)
    }

    private func complete(
        _ half: PictureHalf, _ wanted: Int, _ label: Int?, _ run: TrainedRun, _ data: DataSet
    ) throws {
        let shape = run.configuration.exampleShape
        guard RunPictures.canDraw(shape) else {
            throw StrataError(.unsupported, "--keep \(half.rawValue): examples of \(Shape(shape)) are no pictures")
        }
        let test = data.test.count > 0 ? data.test : data.train
        let count = min(wanted, test.count)
        let originals = try test.values(0..<count)
        let mask = Array(repeatElement(half.mask(shape), count: count).joined())
        let completions = try run.model.sample(
            count, seed: UInt32(truncatingIfNeeded: seed), given: .init(values: originals, mask: mask, label: label))
        let path = out ?? "\(run.folder.path)/completions.png"
        let file = try ExampleFile.write(
            path.hasSuffix(".npy")
                ? completions : RunPictures.interleaved(originals, completions, width: run.model.features, columns: 8),
            shape: shape, to: path, columns: 8)
        try options.report(file, ["count": .integer(count)], "\(count) pictures and their completions are in \(file)")
    }
}
