import StrataBackend
public import StrataData
public import StrataGraph
import StrataNN

/// An embarrassingly simple approach to zero-shot learning (Romera-Paredes and Torr, 2015): a bilinear compatibility
/// `φ(x)ᵀ V s` of the features of an example and the signature of a class, in closed form,
/// `V = (Φ Φᵀ + γ I)⁻¹ Φ Y Sᵀ (S Sᵀ + λ I)⁻¹`.
///
/// Signatures have length 1, and Y is 1 for the class of an example and 0 for any other: with −1 for others, as the
/// paper has it, many classes drown the one. Both factors are in units of the mean diagonal of the matrix that they
/// stand beside, and chosen by how well seen classes are told that were held out (as the paper does).
public struct ESZSL: ClassifyingModel {
    private let features: ExampleFeatures
    private let signatures: ClassSignatures
    private let heldOut: [Int]
    private let fixed: (gamma: Float, lambda: Float)
    private let grid: (gammas: [Float], lambdas: [Float])

    /// V: [features, attributes].
    let weight: StateVariable
    /// γ and λ, and the accuracy on classes that were held out which they were chosen by.
    let choice = StateVariable("choice", [3], initializer: .zeros)
    private let gram: StateVariable
    private let heldGram: StateVariable
    private let sums: StateVariable
    private let candidates: StateVariable
    private let right: StateVariable
    private let counts: StateVariable

    /// Of a model of signatures and features that fit.
    ///
    /// - `heldOut`: The seen classes by which γ and λ are chosen; none to take `fixed`.
    init(
        features: ExampleFeatures, signatures: ClassSignatures, heldOut: [Int], fixed: (gamma: Float, lambda: Float),
        grid: (gammas: [Float], lambdas: [Float])
    ) {
        (self.features, self.signatures, self.heldOut) = (features, signatures, heldOut)
        (self.fixed, self.grid) = (fixed, grid)
        let (d, a) = (features.count, signatures.width)
        let options = grid.gammas.count * grid.lambdas.count
        weight = StateVariable("weight", [d, a], initializer: .zeros)
        gram = StateVariable("statistics.gram", [d, d], initializer: .zeros)
        heldGram = StateVariable("statistics.held_gram", [d, d], initializer: .zeros)
        sums = StateVariable("statistics.sums", [d, signatures.classes], initializer: .zeros)
        candidates = StateVariable("statistics.candidates", [d, a * grid.gammas.count], initializer: .zeros)
        right = StateVariable("statistics.right", [max(heldOut.count, 1), options], initializer: .zeros)
        counts = StateVariable("statistics.counts", [max(heldOut.count, 1), 1], initializer: .zeros)
    }

    /// A model of the examples' own numbers, or of random features of them.
    ///
    /// - Parameters:
    ///   - features: The numbers of an example.
    ///   - attributes: What describes the classes.
    ///   - randomFeatures: Random rectified features; 0 for the numbers themselves.
    ///   - gamma: γ, in units of the mean diagonal of Φ Φᵀ.
    ///   - lambda: λ, in units of the mean diagonal of S Sᵀ.
    public init(
        features: Int, attributes: ClassAttributes, randomFeatures: Int = 0, gamma: Float = 0.01, lambda: Float = 1
    ) {
        self.init(
            features: ExampleFeatures(of: features, random: randomFeatures), signatures: ClassSignatures(attributes),
            heldOut: [], fixed: (gamma, lambda), grid: ([gamma], [lambda]))
    }

    public var variables: [StateVariable] { [weight, choice] + features.variables }
    public var criterion: Criterion { .maximize("seen_accuracy") }
    public var domain: ValueDomain? { features.domain }
    public var classes: Int { signatures.classes }

    /// φ(x)ᵀ V s of each class: [batch, features] → [batch, classes].
    public func classLogits(_ examples: Tensor) -> Tensor {
        features(examples).dot(weight.tensor).dotTransposed(signatures.table)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let names = heldOut.isEmpty ? ["gamma", "lambda"] : ["gamma", "lambda", "held_out_accuracy"]
        return signatures.metrics(classLogits(batch.examples), batch)
            + names.enumerated().map { Metric($1, choice.tensor.slice($0..<$0 + 1, axis: 0).reshape([])) }
    }

    // MARK: Learning

    private static let hint = "features may be collinear; try a greater gamma"

    public var phases: [TrainingPhase] {
        let first = TrainingPhase(
            epochs: 1, needsLabels: true, hint: Self.hint, statistics: { batch, _ in .init(adding(batch)) },
            epochEnd: { _ in [EpochEndUpdate(heldOut.isEmpty ? solution(fixed.gamma, fixed.lambda) : solveAll())] })
        guard !heldOut.isEmpty else { return [first] }
        let second = TrainingPhase(
            epochs: 1, needsLabels: true, hint: Self.hint, statistics: { batch, _ in .init(judging(batch)) },
            epochEnd: { _ in [EpochEndUpdate(chosen)] })
        return [first, second]
    }

    /// Φ Φᵀ of examples of the classes that are held out and of the others, and Φ Y, with a batch added.
    private func adding(_ batch: Batch) -> Updates {
        guard let labels = batch.labels else { return [(gram, .missingLabels())] }
        let x = features(batch.examples)
        let own = Loss.oneHot(labels, classes: classes)
        func products(_ left: Tensor, _ right: Tensor) -> Tensor {
            left.dot(right, DotAxes(leftContract: [0], rightContract: [0]))
        }
        let total: Updates = [(sums, sums.tensor + products(x, own))]
        guard !heldOut.isEmpty else { return total + [(gram, gram.tensor + products(x, x))] }
        let held = isHeld(labels).broadcast(to: x.shape, axes: [0, 1])
        return total + [
            (gram, gram.tensor + products(x * (1 - held), x)), (heldGram, heldGram.tensor + products(x * held, x)),
        ]
    }

    /// 1 for each label of a class that is held out: int32 [batch] → [batch, 1].
    private func isHeld(_ labels: Tensor) -> Tensor {
        let held = Set(heldOut)
        let flags = (0..<classes).map { held.contains($0) ? 1 : 0 as Float }
        return Tensor.literal(flags, [classes, 1]).gather(labels)
    }

    /// (G + γ I)⁻¹ Φ Y Sᵀ for Φ Y of some classes: [features, attributes].
    private func left(_ gram: Tensor, _ classes: [Int], gamma: Tensor) -> Tensor {
        let columns = sums.tensor.gather(.literal(classes.map(Int32.init), [classes.count]), axis: 1)
        return Self.ridged(gram, gamma).solve(columns.dot(signatures.rows(classes)))
    }

    /// (S Sᵀ + λ I) of some classes: [attributes, attributes].
    private func right(_ classes: [Int], lambda: Tensor) -> Tensor {
        let rows = signatures.rows(classes)
        return Self.ridged(rows.dot(rows, DotAxes(leftContract: [0], rightContract: [0])), lambda)
    }

    /// A symmetric matrix with so many times its mean diagonal added to the diagonal.
    private static func ridged(_ matrix: Tensor, _ factor: Tensor) -> Tensor {
        let identity = Tensor.identity(matrix.extent(0))
        let mean = (matrix * identity).sum() / Float(max(matrix.extent(0), 1))
        // What is 0 throughout has no inverse.
        return matrix + identity * (mean * factor).maximum(1e-12)
    }

    /// The weight for all seen classes.
    private func solution(gamma: Tensor, lambda: Tensor, _ gram: Tensor) -> Tensor {
        let seen = signatures.attributes.seen
        let one = left(gram, seen, gamma: gamma)
        return right(seen, lambda: lambda).solve(one.transpose()).transpose()
    }

    private func solution(_ gamma: Float, _ lambda: Float) -> Updates {
        [
            (weight, solution(gamma: .constant(gamma), lambda: .constant(lambda), gram.tensor)),
            (choice, .literal([gamma, lambda, 0], [3])),
        ]
    }

    /// The left factor of V for each γ, of the classes that are not held out.
    private func solveAll() -> Updates {
        let fitted = fitted
        let all = grid.gammas.map { left(gram.tensor, fitted, gamma: .constant($0)) }
        return [(candidates, .concatenate(all, axis: 1))]
    }

    private var fitted: [Int] {
        let held = Set(heldOut)
        return signatures.attributes.seen.filter { !held.contains($0) }
    }

    /// How often each pair of γ and λ is right on examples of classes that are held out, among these.
    private func judging(_ batch: Batch) -> Updates {
        guard let labels = batch.labels else { return [(right, .missingLabels())] }
        let (rows, options, width) = (labels.shape.elementCount, grid.gammas.count, signatures.width)
        let held = signatures.rows(heldOut).transpose()
        let others = grid.lambdas.map { right(fitted, lambda: .constant($0)).solve(held) }
        let scores = features(batch.examples).dot(candidates.tensor)
        if scores.isInvalid { return [(right, scores)] }
        let places = scores.reshape([rows.saturatingMultiplied(by: options), width])
        let all = Tensor.concatenate(
            others.map { places.dot($0).argMax(axis: 1).reshape([rows, options, 1]) }, axis: 2)
        let own = Loss.oneHot(labels, classes: classes).gather(
            .literal(heldOut.map(Int32.init), [heldOut.count]), axis: 1)
        let place = own.argMax(axis: 1).reshape([rows, 1, 1]).broadcast(to: all.shape, axes: [0, 1, 2])
        let isRight = all.equal(place).reshape([rows, options.saturatingMultiplied(by: grid.lambdas.count)])
        let products = own.dot(isRight, DotAxes(leftContract: [0], rightContract: [0]))
        return [(right, right.tensor + products), (counts, counts.tensor + own.sum([0]).reshape([heldOut.count, 1]))]
    }

    /// The weight by the pair that was right most often, the mean over classes.
    private var chosen: Updates {
        let means = (right.tensor / counts.tensor.maximum(1).broadcast(to: right.type.shape, axes: [0, 1])).mean([0])
        let options = means.extent(0)
        let isBest = Tensor.iota([options]).equal(means.argMax(axis: 0).broadcast(to: [options], axes: []))
        func pick(_ values: [Float]) -> Tensor { (isBest * .literal(values, [options])).sum() }
        let gamma = pick(grid.gammas.flatMap { gamma in grid.lambdas.map { _ in gamma } })
        let lambda = pick(grid.gammas.flatMap { _ in grid.lambdas })
        let numbers = [gamma, lambda, means.maximum(over: nil)].map { $0.reshape([1]) }
        return [
            (weight, solution(gamma: gamma, lambda: lambda, gram.tensor + heldGram.tensor)),
            (choice, .concatenate(numbers)),
        ]
    }
}

extension ESZSL {
    /// `eszsl` in the zoo: 2,000 random features, γ and λ chosen on a fifth of the seen classes, batches of 500.
    /// `build` throws `data` for data whose classes nothing describes or of which none is unseen, `usage` where too few
    /// can be held out.
    public static let description = ModelDescription(
        name: "eszsl",
        summary:
            "zero-shot classes by a bilinear map of features to attributes, closed form (Romera-Paredes & Torr 2015)",
        hyperparameters: [
            ExampleFeatures.hyperparameter(2000),
            Hyperparameter(
                "held-out", .real(0.2), in: 0...0.9,
                "share of the seen classes that gamma and lambda are chosen on; 0 for none"
            ),
            Hyperparameter(
                "gamma", .real(0.01), in: 0...1e6, "ridge of the features, in mean diagonals of their products"
            )
            .only(when: "held-out", is: "0"),
            Hyperparameter(
                "lambda", .real(1), in: 0...1e6, "ridge of the attributes, in mean diagonals of their products"
            )
            .only(when: "held-out", is: "0"),
        ], networks: ExampleFeatures.networks, batchSize: 500,
        build: { spec, settings, networks in
            let signatures = try spec.signatures("eszsl")
            let share = settings.real("held-out")
            let held = share > 0 ? signatures.attributes.heldOut(share, seed: 0) : []
            guard share == 0 || !held.isEmpty else {
                throw StrataError(
                    parameter: "held-out", share,
                    "\(signatures.attributes.seen.count) seen classes are too few to hold some out; set 0, gamma and lambda"
                )
            }
            return ESZSL(
                features: try ExampleFeatures(spec, settings, networks), signatures: signatures, heldOut: held,
                fixed: (Float(settings.real("gamma")), Float(settings.real("lambda"))),
                grid: ([1e-4, 1e-3, 1e-2, 1e-1, 1], [0.01, 0.1, 1, 10, 100]))
        })
}
