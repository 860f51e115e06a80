import ArgumentParser
import StrataBackend
import StrataEvaluation
import StrataRuns

extension Latent {
    struct Variations: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Vary examples: what lies round their codes.",
            discussion: """
                Each row of the image is a test example as the model reconstructs it, and variations of it: its code with
                noise in every number, as much as the number varies among training examples, times --deviations.
                """)

        @OptionGroup var latent: LatentOptions

        @Option(parsing: .unconditional, help: "Examples: the rows.")
        var count = 8

        @Option(parsing: .unconditional, help: "Variations of each.")
        var variations = 8

        @Option(parsing: .unconditional, help: "How much noise.")
        var deviations = 0.3

        @Option(parsing: .unconditional, help: "Seed of the noise.")
        var seed = 0

        func run() throws {
            try checkCount(count, "count", limit: 1000)
            try checkCount(variations, "variations", limit: 1000)
            guard (0...1000).contains(deviations) else {
                throw StrataError(parameter: "deviations", deviations, "expected a number from 0 to 1000")
            }
            let seed = try checkedSeed(seed)
            let (run, space) = try latent.open()
            let known = try latent.known(run, space)
            let centres = try space.encode(latent.first(count, run))
            let varied = try LatentSpace.variations(
                of: centres, among: space.encode(known.values(0..<known.count)), count: variations,
                deviations: deviations, seed: seed)
            let (width, own) = (run.predictor.features, try space.decode(centres))
            let others = try space.decode(varied)
            var rows: [Float] = []
            for row in 0..<count {
                rows += own.rows(row..<row + 1, width: width)
                rows += others.rows(row * variations..<(row + 1) * variations, width: width)
            }
            try latent.write(
                rows, run, named: "variations", columns: variations + 1, "\(variations) variations of \(count) examples"
            )
        }
    }

    struct Traversals: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what each number of a code stands for.",
            discussion: "Each row is the mean code of training examples, one of whose numbers goes from low to high.")

        @OptionGroup var latent: LatentOptions

        @Option(parsing: .unconditional, help: "Numbers of the code, from the first on: the rows.")
        var units = 12

        @Option(parsing: .unconditional, help: "Steps from low to high: the columns.")
        var steps = 9

        @Option(parsing: .unconditional, help: "How far to either side, in standard deviations of the number.")
        var deviations = 2.0

        func run() throws {
            try checkCount(units, "units", limit: 10_000)
            guard (2...1000).contains(steps) else {
                throw StrataError(parameter: "steps", steps, "expected a number from 2 to 1000")
            }
            guard deviations.isFinite, abs(deviations) <= 1000 else {
                throw StrataError(parameter: "deviations", deviations, "expected a number from -1000 to 1000")
            }
            let (run, space) = try latent.open()
            let known = try latent.known(run, space)
            let codes = try space.encode(known.values(0..<known.count))
            let rows = try space.decode(
                LatentSpace.traversals(of: codes, units: min(units, codes.width), steps: steps, deviations: deviations))
            try latent.write(
                rows, run, named: "traversals", columns: steps,
                "\(min(units, codes.width)) of \(codes.width) numbers in \(steps) steps")
        }
    }

    struct Neighbours: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find the training examples with the nearest codes.",
            discussion: "Each row of the image is a test example and its neighbours, the nearest first.")

        @OptionGroup var latent: LatentOptions

        @Option(parsing: .unconditional, help: "Examples: the rows.")
        var count = 8

        @Option(parsing: .unconditional, help: "Neighbours of each.")
        var neighbours = 8

        func run() throws {
            try checkCount(count, "count", limit: 1000)
            let (run, space) = try latent.open()
            let known = try latent.known(run, space)
            guard (1...known.count).contains(neighbours) else {
                throw StrataError(parameter: "neighbours", neighbours, "expected a number from 1 to \(known.count)")
            }
            let (examples, values) = (try latent.first(count, run), try known.values(0..<known.count))
            let found = try space.nearest(space.encode(examples), among: space.encode(values), count: neighbours)
            let width = run.predictor.features
            var rows: [Float] = []
            for (row, nearest) in found.enumerated() {
                rows += examples.rows(row..<row + 1, width: width)
                for number in nearest { rows += values.rows(number..<number + 1, width: width) }
            }
            try latent.write(
                rows, run, named: "neighbours", columns: neighbours + 1,
                "\(neighbours) neighbours of \(count) examples among \(known.count)")
        }
    }
}
