public import StrataBackend
public import StrataData

/// Something that is said of learned representations, and a small experiment that shows it or does not.
///
/// ```
/// for claim in Claim.all {
///     let finding = try claim.find(Claim.Setting(backend: backend))
///     print(claim.sentence, finding.verdict.rawValue)
/// }
/// ```
public struct Claim: Sendable {
    /// What a user types: lower case, no spaces.
    public var name: String
    /// What is said.
    public var sentence: String
    /// What is done to find out, and what the number is that tells.
    public var experiment: String
    /// The command that looks at it at full length; `nil` where there is none besides that of the small experiment.
    public var command: String?
    /// Does the experiment. Throws what training throws.
    public var find: @Sendable (Setting) throws -> Finding

    /// A claim and how to look at it.
    public init(
        _ name: String, _ sentence: String, experiment: String, command: String? = nil,
        find: @escaping @Sendable (Setting) throws -> Finding
    ) {
        self.name = name
        self.sentence = sentence
        self.experiment = experiment
        self.command = command
        self.find = find
    }

    /// What experiments have in common.
    public struct Setting: Sendable {
        /// Where they are computed.
        public var backend: any Backend
        /// Grayscale images with labels, of which claims about images are.
        public var images: DataSet
        /// Images whose true causes are known.
        public var sprites: DataSet
        /// Seeds of the trainings, over which the intervals are.
        public var seeds: [UInt32]

        /// Experiments on some images and on `sprites`, of three seeds by default.
        public init(
            backend: any Backend, images: DataSet, sprites: DataSet, seeds: [UInt32] = [0, 1, 2]
        ) {
            (self.backend, self.images, self.sprites, self.seeds) = (backend, images, sprites, seeds)
        }
    }

    /// What an experiment says of a claim.
    public enum Verdict: String, Sendable, Hashable {
        /// The whole interval is above 0.
        case shown
        /// The interval has 0 in it, or there is none of a single seed.
        case open = "not shown"
        /// The whole interval is below 0.
        case contradicted
    }

    /// What an experiment has found.
    public struct Finding: Sendable {
        /// What the number is: "test accuracy with pretraining, less that without".
        public var measure: String
        /// The number, above 0 where the claim holds, with its interval over the seeds.
        public var difference: MeanOverSeeds
        /// What else was found, by names as in JSON.
        public var rows: [(name: String, value: Double)] = []
        /// Figures that are drawings, SVG.
        public var charts: [(title: String, caption: String, svg: String)] = []
        /// Figures that are rows of images, [count, shape].
        public var images: [(title: String, caption: String, values: [Float], shape: [Int], columns: Int)] = []

        /// A number with what it is.
        public init(_ measure: String, _ difference: MeanOverSeeds) {
            (self.measure, self.difference) = (measure, difference)
        }

        /// Whether the claim holds, as far as the interval of 95 % tells.
        public var verdict: Verdict {
            guard let margin = difference.margin else { return .open }
            if difference.value - margin > 0 { return .shown }
            return difference.value + margin < 0 ? .contradicted : .open
        }
    }

    /// In the order in which a lecture makes them.
    public static let all: [Claim] = [
        .distributed, .pretraining, .denoising, .interpolation, .arithmetic, .multitask, .transfer, .zeroShot,
        .adversarial,
    ]
}
