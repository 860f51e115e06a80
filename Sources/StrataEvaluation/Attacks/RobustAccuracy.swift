import StrataBackend
import StrataCompiler
public import StrataData
import StrataGraph
public import StrataModels
public import StrataTraining

/// How often a classifier is right about examples that are attacked, by the size of the attack and its steps.
///
/// An example counts as right where no attack of all restarts, and not the example as it is, is told to be of another
/// class. So what it gives is an upper bound on the accuracy under the worst change of that size.
public struct RobustAccuracy: Sendable, Hashable {
    /// How sizes are measured.
    public var norm: GradientAttack.Norm
    /// The sizes of attacks, 0 for none.
    public var sizes: [Float]
    /// Steps of attacks; 1 for the fast gradient method.
    public var steps: [Int]
    /// Attacks of each example from places of their own, of more than one step.
    public var restarts: Int
    /// The values that examples may have; `nil` for any.
    public var bounds: ClosedRange<Float>?
    /// The examples that are attacked, drawn at random from the split.
    public var examples: Int

    /// The examples of one run; it only bounds memory.
    private static let batch = 500

    /// Attacks on 1,000 examples of fast gradient and of 40 steps by default. Nothing is checked here: `evaluate` throws
    /// `usage`.
    public init(
        _ norm: GradientAttack.Norm = .largest, sizes: [Float] = [0, 0.05, 0.1, 0.2, 0.3], steps: [Int] = [1, 40],
        restarts: Int = 1, within bounds: ClosedRange<Float>? = nil, examples: Int = 1000
    ) {
        (self.norm, self.sizes, self.steps, self.restarts) = (norm, sizes, steps, restarts)
        (self.bounds, self.examples) = (bounds, examples)
    }

    /// The accuracy under one attack.
    public struct Outcome: Sendable, Hashable {
        /// The size of the attack.
        public var size: Float
        /// Its steps.
        public var steps: Int
        /// The share of the examples that it does not fool.
        public var accuracy: Double
        /// Of the share, by the binomial distribution.
        public var standardError: Double
        /// Examples attacked.
        public var examples: Int
    }

    /// An example that an attack makes another class.
    public struct Fooled: Sendable, Hashable {
        /// The example as it is, and attacked: [features] each.
        public var (example, attacked): ([Float], [Float])
        /// What it is told to be before and after.
        public var (before, after): (Int, Int)
    }

    /// A row of examples, one of changes about gray, and one of both together: [3 · count, features].
    public static func picture(of fooled: [Fooled]) -> [Float] {
        let changes = fooled.map { pair in
            let change = zip(pair.attacked, pair.example).map { $0 - $1 }
            let largest = max(change.map(abs).max() ?? 0, .leastNormalMagnitude)
            return change.map { 0.5 + 0.5 * $0 / largest }
        }
        return fooled.flatMap(\.example) + changes.flatMap(\.self) + fooled.flatMap(\.attacked)
    }

    /// The accuracies under each size and each number of steps, the sizes in their order for each of the latter.
    ///
    /// Throws `usage` for numbers that cannot be, `unsupported` for a model that tells no classes, `data` for data without
    /// labels or of other classes.
    ///
    /// - `report`: Told each as it is found; `false` ends it.
    public func evaluate(
        _ predictor: Predictor, on split: DataSplit, seed: UInt32 = 0, report: (Outcome) throws -> Bool = { _ in true }
    ) throws -> [Outcome] {
        let attacker = try attacker(predictor, on: split, seed: seed)
        var outcomes: [Outcome] = []
        for count in steps {
            for size in sizes {
                let isRight = try attacker.withstood(size, steps: count, restarts: count > 1 ? restarts : 1)
                let accuracy = Double(isRight.count { $0 }) / Double(max(isRight.count, 1))
                let outcome = Outcome(
                    size: size, steps: count, accuracy: accuracy,
                    standardError: (accuracy * (1 - accuracy) / Double(max(isRight.count, 1))).squareRoot(),
                    examples: isRight.count)
                outcomes.append(outcome)
                guard try report(outcome) else { return outcomes }
            }
        }
        return outcomes
    }

    /// Some of the examples that the smallest of the sizes above 0 fools that fools any, by the most steps. Throws as
    /// `evaluate`.
    public func fooled(_ predictor: Predictor, on split: DataSplit, count: Int, seed: UInt32 = 0) throws -> (
        size: Float, examples: [Fooled]
    )? {
        let attacker = try attacker(predictor, on: split, seed: seed)
        for size in sizes.sorted() where size > 0 {
            let found = try attacker.fooled(size, steps: steps.max() ?? 1, count: count)
            if !found.isEmpty { return (size, found) }
        }
        return nil
    }

    private func attacker(_ predictor: Predictor, on split: DataSplit, seed: UInt32) throws -> Attacker {
        for (name, value, limit) in [("restarts", restarts, 1000), ("count", examples, 10_000_000)]
        where !(1...limit).contains(value) {
            throw StrataError(parameter: name, value, "expected a number from 1 to \(limit)")
        }
        for count in steps where !(1...10_000).contains(count) {
            throw StrataError(parameter: "steps", count, "expected a number from 1 to 10000")
        }
        for size in sizes where !(size.isFinite && size >= 0) {
            throw StrataError(parameter: "sizes", size, "expected a number from 0 on")
        }
        guard let model = predictor.model as? any ClassifyingModel, model.classes > 0 else {
            throw StrataError(.unsupported, "attack: the model tells no classes; take a classifier")
        }
        let chosen = try split.drawn(examples, seed: seed)
        guard let labels = chosen.labels, chosen.count > 0 else {
            throw StrataError(.data, "attack: the data have no labelled examples")
        }
        guard labels.classNames.count == model.classes else {
            throw StrataError(
                .data, "attack: the data have \(labels.classNames.count) classes, the model tells \(model.classes)")
        }
        return try Attacker(
            model, session: predictor.branch(), norm, bounds, chosen, labels.values, seed: seed, batch: Self.batch)
    }
}

/// The attacks on some examples, a batch after the other.
private final class Attacker {
    private let model: any ClassifyingModel
    private let session: Session
    private let (norm, bounds): (GradientAttack.Norm, ClosedRange<Float>?)
    private let split: DataSplit
    private let labels: [Int32]
    private let seed: UInt32
    private let batch: Int
    private var functions: [[Int]: Walk] = [:]

    /// The functions of an attack of so many steps on so many rows.
    private struct Walk {
        let (start, step, judge): (Function, Function, Function)
        let attacked: StateVariable
    }

    init(
        _ model: any ClassifyingModel, session: Session, _ norm: GradientAttack.Norm, _ bounds: ClosedRange<Float>?,
        _ split: DataSplit, _ labels: [Int32], seed: UInt32, batch: Int
    ) throws {
        (self.model, self.session, self.norm, self.bounds) = (model, session, norm, bounds)
        (self.split, self.labels, self.seed, self.batch) = (split, labels, seed, batch)
    }

    /// Whether each example is told to be of its class as it is and after all attacks.
    func withstood(_ size: Float, steps: Int, restarts: Int) throws -> [Bool] {
        var all: [Bool] = []
        for start in stride(from: 0, to: split.count, by: batch) {
            let rows = start..<min(start + batch, split.count)
            let own = labels[rows]
            let walk = try walk(rows.count, steps)
            try prepare(walk, rows, size)
            var isRight = zip(try told(walk, try split.values(rows)), own).map { $0 == Int($1) }
            for restart in 0..<(size > 0 ? restarts : 0) {
                let attacked = try run(walk, steps: steps, number: start + restart * split.count)
                for (place, pair) in zip(try told(walk, attacked), own).enumerated() where pair.0 != Int(pair.1) {
                    isRight[place] = false
                }
            }
            all += isRight
        }
        return all
    }

    /// Examples that were told right and no longer are.
    func fooled(_ size: Float, steps: Int, count: Int) throws -> [RobustAccuracy.Fooled] {
        var found: [RobustAccuracy.Fooled] = []
        let width = split.exampleShape.elementCount
        for start in stride(from: 0, to: split.count, by: batch) where found.count < count {
            let rows = start..<min(start + batch, split.count)
            let walk = try walk(rows.count, steps)
            try prepare(walk, rows, size)
            let examples = try split.values(rows)
            let before = try told(walk, examples)
            let attacked = try run(walk, steps: steps, number: start)
            let after = try told(walk, attacked)
            for row in rows.indices.map({ $0 - rows.lowerBound })
            where found.count < count && before[row] == Int(labels[rows.lowerBound + row]) && after[row] != before[row]
            {
                let own = row * width..<(row + 1) * width
                found.append(
                    .init(
                        example: Array(examples[own]), attacked: Array(attacked[own]), before: before[row],
                        after: after[row]))
            }
        }
        return found
    }

    private func prepare(_ walk: Walk, _ rows: Range<Int>, _ size: Float) throws {
        for function in [walk.start, walk.step] {
            try function.write("examples", try split.values(rows))
            try function.write("size", [size])
        }
        try walk.step.write("labels", Array(labels[rows]))
    }

    /// The attacked examples.
    private func run(_ walk: Walk, steps: Int, number: Int) throws -> [Float] {
        if walk.start.inputNames.contains(Session.keyName) {
            try walk.start.write(
                Session.keyName, [Int32(bitPattern: seed), Int32(truncatingIfNeeded: number + 1)] as [Int32])
        }
        try walk.start.run()
        for _ in 0..<steps { try walk.step.run() }
        return try session.readVariable(walk.attacked.name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    private func told(_ walk: Walk, _ examples: [Float]) throws -> [Int] {
        try walk.judge.write("examples", examples)
        try walk.judge.run()
        return try walk.judge.read("classes").map { Int($0) }
    }

    private func walk(_ count: Int, _ steps: Int) throws -> Walk {
        if let known = functions[[count, steps]] { return known }
        let attack = GradientAttack(norm, steps: steps, within: bounds)
        let width = split.exampleShape.elementCount
        let attacked = StateVariable("attack.examples.\(count).\(steps)", [count, width], initializer: .zeros)
        let (examples, size) = (Tensor.input("examples", [count, width]), Tensor.input("size", []))
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32))
        let model = model
        let next = attack.step(
            from: attacked.tensor, examples, .input("labels", [count], dtype: .int32), size: size
        ) { model.classLogits($0) }
        // With nothing drawn at the start, its size is not asked for.
        let start = attack.start(examples, size: size, key: key) + size * 0
        let classes = model.classLogits(examples).argMax(axis: 1).cast(to: .float32)
        let walk = Walk(
            start: try session.prepare(Graph(outputs: [], updates: [(attacked, start)])),
            step: try session.prepare(Graph(outputs: [], updates: [(attacked, next)])),
            judge: try session.prepare(Graph(outputs: [("classes", classes)])), attacked: attacked)
        functions[[count, steps]] = walk
        return walk
    }
}
