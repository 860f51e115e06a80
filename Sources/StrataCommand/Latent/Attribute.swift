import ArgumentParser
import StrataBackend
import StrataEvaluation
import StrataRuns

extension Latent {
    struct AttributeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "attribute",
            abstract: "Give examples more or less of an attribute.",
            discussion: """
                The direction is the mean code of training examples with it, less that of those without it, or of those
                with another: strata latent attribute runs/vae --with Sneaker --without Sandal. An attribute is a class,
                or a true factor (size: its upper half; size=3: that value). Each row of the image is a test example,
                from less to more.
                """)

        @OptionGroup var latent: LatentOptions

        @Option(help: "The attribute.")
        var with: String

        @Option(help: "What it is told apart from (default: all examples that have it not).")
        var without: String?

        @Option(parsing: .unconditional, help: "Examples: the rows.")
        var count = 8

        @Option(parsing: .unconditional, help: "How far at most, in lengths of the direction.")
        var strength = 1.5

        @Option(parsing: .unconditional, help: "Steps from less to more: the columns.")
        var steps = 9

        func run() throws {
            try checkCount(count, "count", limit: 1000)
            try checkCount(steps, "steps", limit: 1000)
            guard strength.isFinite, abs(strength) <= 1000 else {
                throw StrataError(parameter: "strength", strength, "expected a number from -1000 to 1000")
            }
            let (run, space) = try latent.open()
            var known = try latent.known(run, space)
            var has = try Attribute(with, in: known).has
            if let without {
                let other = try Attribute(without, in: known).has
                let told = has.indices.filter { has[$0] != other[$0] }
                known = try known.subset(told.map(Int32.init))
                has = told.map { has[$0] }
            }
            let direction = try LatentSpace.attribute(space.encode(known.values(0..<known.count)), has)
            let codes = try space.encode(latent.first(count, run))
            let multiples = (0..<steps).map {
                Float(strength * (steps > 1 ? 2 * Double($0) / Double(steps - 1) - 1 : 1))
            }
            let moved = try LatentSpace.moved(codes, along: direction, by: multiples)
            let length = direction.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            try latent.write(
                space.decode(moved), run, named: "attribute", columns: steps,
                "\(with) has a direction of length \(number(length, digits: 3)), from \(has.count { $0 }) examples with"
                    + " it and \(has.count { !$0 }) without",
                ["length": .number(length), "attribute": .string(with)])
        }
    }

    struct Arithmetic: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add and subtract the codes of examples: 3 - 5 + 7.",
            discussion: """
                Numbers are those of test examples, from 0 on; a name is the mean code of a class or of a factor's value.
                The image has the terms, what their sum decodes to, and the training example with the nearest code.
                """)

        @OptionGroup var latent: LatentOptions

        @Argument(help: "Examples or attributes with + or - between them.")
        var expression: [String]

        func run() throws {
            let terms = try signedTerms(expression)
            let (run, space) = try latent.open()
            let split = try latent.examples.load(run, latent.options)
            let known = try latent.known(run, space)
            let values = try known.values(0..<known.count)
            let codes = try space.encode(values)
            var sum = [Float](repeating: 0, count: codes.width)
            var shown: [Float] = []
            for (word, sign) in terms {
                let code: [Float]
                if let number = Int(word) {
                    guard (0..<split.count).contains(number) else {
                        throw StrataError(.usage, "example \(number): there are 0 to \(split.count - 1)")
                    }
                    code = try space.encode(split.values(number..<number + 1)).values
                } else {
                    code = try space.mean(codes, Attribute(word, in: known).has)
                }
                shown += try space.decode(Codes(code, width: codes.width))
                sum = zip(sum, code).map { $0 + sign * $1 }
            }
            let result = try Codes(sum, width: codes.width)
            let (width, nearest) = (run.predictor.features, try space.nearest(result, among: codes, count: 1)[0][0])
            shown += try space.decode(result) + values.rows(nearest..<nearest + 1, width: width)
            try latent.write(
                shown, run, named: "arithmetic", columns: terms.count + 2,
                "\(expression.joined(separator: " ")): the sum, and the training example nearest to it, are the last two"
            )
        }
    }
}
