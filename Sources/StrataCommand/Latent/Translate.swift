import ArgumentParser
import StrataBackend
import StrataEvaluation
import StrataRuns

extension Latent {
    struct Translate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Translate the codes of one model into those of another.",
            discussion: """
                Training examples that both models encode are the anchors. An affine map between their codes translates
                those of test examples, which the other model then decodes: rows of its own reconstructions have the row
                of translated ones beneath. Agreement is how often an example, told by its cosines with the anchors in one
                model, is nearest to itself in the other (Moschella et al. 2023).
                """)

        @OptionGroup var latent: LatentOptions

        @Argument(help: "The run of the other model.")
        var other: String

        @Option(parsing: .unconditional, help: "Anchors.")
        var anchors = 1000

        @Option(parsing: .unconditional, help: "Examples that are translated.")
        var count = 32

        func run() throws {
            try checkCount(anchors, "anchors", limit: 50_000)
            try checkCount(count, "count", limit: 10_000)
            let (run, space) = try latent.open()
            let target = try latent.options.open(other)
            let others = try LatentSpace(target.predictor)
            guard target.configuration.features == run.configuration.features else {
                throw StrataError(
                    .data,
                    "\(run.folder) learned from examples of \(Shape(run.configuration.exampleShape)), \(other) of"
                        + " \(Shape(target.configuration.exampleShape)): their codes are not of the same examples")
            }
            let known = try latent.options.data(run, latent.examples.data).train.drawn(anchors)
            let values = try known.values(0..<known.count)
            let (from, to) = (try space.encode(values), try others.encode(values))
            let examples = try latent.first(count, run)
            let (codes, own) = (try space.encode(examples), try others.encode(examples))
            let translated = try LatentTranslation(from: from, to: to)(codes)
            let (wanted, found) = (try others.decode(own), try others.decode(translated))
            let agreement = try RelativeRepresentation.agreement(
                RelativeRepresentation.cosines(codes, to: from), RelativeRepresentation.cosines(own, to: to),
                backend: run.predictor.backend)
            func error(_ values: [Float]) -> Double {
                zip(values, examples).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / Double(count)
            }
            try latent.write(
                RunImages.interleaved([wanted, found], width: run.predictor.features, columns: 8), run,
                named: "translation", columns: 8,
                "squared error \(number(error(found), digits: 3)) an example, \(number(error(wanted), digits: 3)) with"
                    + " the other's own codes; agreement \(number(agreement, digits: 3))",
                [
                    "squared_error": .number(error(found)), "own_squared_error": .number(error(wanted)),
                    "agreement": .number(agreement), "anchors": .integer(known.count),
                ])
        }
    }
}
