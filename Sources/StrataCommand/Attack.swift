public import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataFiles
public import StrataModels
import StrataRuns

struct Attack: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Change examples a little so that a classifier is wrong about them, and tell how often that can be done.",
        discussion: """
            Attacks follow the gradient of the loss: with one step the fast gradient sign method, with more projected
            gradient descent from random places. An example counts as right where no restart fools the classifier. The run
            folder gets attack.svg, the accuracy by the size of attacks, and attack.png: examples, the change of each so that
            the largest is white or black, and what the two make together, which the classifier takes for another class.
            """)

    @OptionGroup var options: RunOptions
    @OptionGroup var examples: ExampleOptions

    @Option(help: "How the size of a change is measured: linf or l2.")
    var norm = GradientAttack.Norm.largest

    @Option(help: "Sizes of attacks (default: 0,0.05,0.1,0.2,0.3, or 0,0.5,1,2,4 by l2).")
    var sizes: String?

    @Option(help: "Steps of attacks; 1 is the fast gradient method.")
    var steps = "1,40"

    @Option(parsing: .unconditional, help: "Attacks of each example from places of their own, where there are steps.")
    var restarts = 1

    @Option(parsing: .unconditional, help: "Examples that are attacked, drawn at random.")
    var count = 1000

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    func run() throws {
        Terminal.catchInterrupts()
        let run = try options.open()
        let split = try examples.load(run, options)
        let spec = run.configuration.spec
        let isBrightness = spec.example.isBrightness
        options.output.note(
            isBrightness
                ? "examples lie from 0 to 1, and attacked ones do, too"
                : "examples have no bounds, nor have attacked ones")
        let standard: [Float] = norm == .largest ? [0, 0.05, 0.1, 0.2, 0.3] : [0, 0.5, 1, 2, 4]
        let attacks = RobustAccuracy(
            norm, sizes: try sizes.map { try numbers($0, "sizes") { Float($0) } } ?? standard,
            steps: try numbers(steps, "steps") { Int($0) }, restarts: restarts, within: isBrightness ? 0...1 : nil,
            examples: count)
        let seed = try checkedSeed(seed)
        let outcomes = try attacks.evaluate(run.predictor, on: split, seed: seed) { outcome in
            options.output.note(text(outcome))
            return !Terminal.isInterrupted
        }
        if Terminal.isInterrupted { throw ExitCode(130) }
        var files = ["\(run.folder)/attack.svg"]
        try AtomicFile.write(files[0], Array(chart(outcomes, run.configuration.model).svg.utf8))
        let fooled = try attacks.fooled(run.predictor, on: split, count: 8, seed: seed)
        let names = split.labels?.classNames ?? []
        let changes = fooled?.examples.map { "\(names[$0.before]) → \(names[$0.after])" } ?? []
        if let fooled, RunImages.canDraw(run.configuration.exampleShape) {
            files.append(
                try ExampleFile.write(
                    RobustAccuracy.picture(of: fooled.examples), shape: run.configuration.exampleShape,
                    to: "\(run.folder)/attack.png",
                    columns: fooled.examples.count, codecs: .system))
        }
        guard options.output.json else {
            if let fooled {
                options.output.say("attack.png, with changes of \(fooled.size): \(changes.joined(separator: ", "))")
            }
            return options.output.say(files.joined(separator: ", "))
        }
        print(
            try JSONValue.object([
                "norm": .string(norm.rawValue), "restarts": .integer(restarts),
                "outcomes": .array(
                    outcomes.map {
                        .object([
                            "size": .number(Double($0.size)), "steps": .integer($0.steps),
                            "accuracy": .number($0.accuracy), "standard_error": .number($0.standardError),
                            "examples": .integer($0.examples),
                        ])
                    }),
                "fooled": .array(changes.map(JSONValue.string)), "files": .array(files.map(JSONValue.string)),
            ]).line)
    }

    private func numbers<Number>(_ text: String, _ parameter: String, _ number: (Substring) -> Number?) throws
        -> [Number]
    {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(number)
        guard !parts.isEmpty, parts.allSatisfy({ $0 != nil }) else {
            throw StrataError(parameter: parameter, text, "expected numbers with commas between them")
        }
        return parts.compactMap(\.self)
    }

    private func text(_ outcome: RobustAccuracy.Outcome) -> String {
        let attack = outcome.steps == 1 ? "fast gradient" : "\(outcome.steps) steps"
        return "\(norm.rawValue) \(outcome.size), \(attack): accuracy \(number(outcome.accuracy, digits: 4)) ± "
            + number(outcome.standardError, digits: 2)
    }

    /// Accuracy over size, a line for each number of steps, with bars of one standard error.
    private func chart(_ outcomes: [RobustAccuracy.Outcome], _ model: String) -> LossChart {
        var chart = LossChart(
            title: "\(model) under attack", xLabel: "size of the attack, \(norm.rawValue)", yLabel: "accuracy")
        for count in Set(outcomes.map(\.steps)).sorted() {
            let own = outcomes.filter { $0.steps == count }.sorted { $0.size < $1.size }
            chart.series.append(
                .init(
                    count == 1 ? "fast gradient" : "\(count) steps",
                    points: own.map { (Double($0.size), $0.accuracy) }, errors: own.map(\.standardError)))
        }
        return chart
    }
}

extension GradientAttack.Norm: ExpressibleByArgument {}
