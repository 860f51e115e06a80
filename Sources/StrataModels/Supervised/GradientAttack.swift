public import StrataGraph
import StrataNN

/// A change of examples, of some size at most, that raises the loss of their own classes: steps along the gradient, each
/// projected back to the examples' surroundings (Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards deep learning models
/// resistant to adversarial attacks", 2018). A single step of full size from the example itself is the fast gradient sign
/// method (Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", 2015).
///
/// ```
/// let attack = GradientAttack(steps: 40, within: 0...1)
/// let attacked = attack(examples, labels, size: .constant(0.3), key: key) { network($0) }
/// ```
public struct GradientAttack: Sendable, Hashable {
    /// How the size of a change is measured.
    public enum Norm: String, Sendable, Hashable, CaseIterable {
        /// The largest change of a number.
        case largest = "linf"
        /// The Euclidean length.
        case euclidean = "l2"
    }

    /// How the size of a change is measured.
    public var norm: Norm
    /// Steps along the gradient; fewer than 1 count as 1.
    public var steps: Int
    /// The length of a step, as a share of the size that a change may have.
    public var stepSize: Float
    /// Whether it starts at a random place in the surroundings, or at the example.
    public var startsAtRandom: Bool
    /// The values that examples may have; `nil` for any.
    public var bounds: ClosedRange<Float>?

    /// An attack of some steps.
    ///
    /// - Parameters:
    ///   - norm: How the size of a change is measured.
    ///   - steps: With 1 it is the fast gradient method.
    ///   - stepSize: 2.5 divided by the steps where `nil`, as Madry et al. have it, and 1 of a single step.
    ///   - startsAtRandom: Where more steps than one are made, if `nil`.
    ///   - bounds: The values that examples may have.
    public init(
        _ norm: Norm = .largest, steps: Int = 1, stepSize: Float? = nil, startsAtRandom: Bool? = nil,
        within bounds: ClosedRange<Float>? = nil
    ) {
        self.norm = norm
        self.steps = max(steps, 1)
        self.stepSize = stepSize ?? (steps > 1 ? 2.5 / Float(steps) : 1)
        self.startsAtRandom = startsAtRandom ?? (steps > 1)
        self.bounds = bounds
    }

    /// Examples after all steps: [batch, features] → the same shape, which no gradient goes through.
    ///
    /// - Parameters:
    ///   - examples: As they are, [batch, features].
    ///   - labels: The class of each, int32 [batch].
    ///   - size: What a change may measure, a scalar.
    ///   - key: What a random start is drawn from.
    ///   - logits: [batch, features] → [batch, classes].
    public func callAsFunction(
        _ examples: Tensor, _ labels: Tensor, size: Tensor, key: RandomKey, logits: (Tensor) -> Tensor
    ) -> Tensor {
        let start = start(examples, size: size, key: key)
        return (0..<unrolled(steps)).reduce(start) { changed, _ in
            step(from: changed, examples, labels, size: size, logits: logits)
        }.stopGradient()
    }

    /// Where it begins: [batch, features].
    public func start(_ examples: Tensor, size: Tensor, key: RandomKey) -> Tensor {
        guard startsAtRandom, !examples.isInvalid, examples.rank == 2 else { return examples }
        let key = key.named("attack")
        switch norm {
        case .largest: return bounded(examples + (key.uniform(examples.shape) * 2 - 1) * size)
        case .euclidean:
            // Uniform in the ball: a direction, and the root of a uniform number for the radius.
            let direction = key.named("direction").normal(examples.shape)
            let radius = key.named("radius").uniform([examples.shape[0], 1]).maximum(1e-30)
            let share = (radius.logarithm() * (1 / Float(max(examples.shape[1], 1)))).exponential()
            return bounded(examples + direction / length(direction) * share * size)
        }
    }

    /// A step from where it has come to: [batch, features] → the same shape.
    public func step(
        from changed: Tensor, _ examples: Tensor, _ labels: Tensor, size: Tensor, logits: (Tensor) -> Tensor
    ) -> Tensor {
        let place = changed.stopGradient()
        let loss = Loss.softmaxCrossEntropy(logits: logits(place), labels: labels).sum()
        let slope = gradient(of: loss, withRespectTo: [place])[0]
        let far = size * stepSize
        switch norm {
        case .largest:
            let moved = place + (slope.greater(0) - slope.less(0)) * far
            return bounded(examples + (moved - examples).maximum(-size).minimum(size))
        case .euclidean:
            let change = place + slope / length(slope) * far - examples
            return bounded(examples + change * (size / length(change)).minimum(1))
        }
    }

    /// The Euclidean length of each row: [batch, features] → [batch, 1], never 0.
    private func length(_ rows: Tensor) -> Tensor {
        rows.squared().sum([1], keepingAxes: true).maximum(1e-24).squareRoot()
    }

    private func bounded(_ examples: Tensor) -> Tensor {
        bounds.map { examples.maximum($0.lowerBound).minimum($0.upperBound) } ?? examples
    }
}

/// Training on attacked examples (Madry et al. 2018), whose size grows over the first steps.
public struct AdversarialTraining: Sendable, Hashable {
    /// The attack on each batch, on the network as it is after training.
    public var attack: GradientAttack
    /// What a change may measure.
    public var size: Float
    /// The steps over which that grows linearly from 0.
    public var warmup: Int

    /// Training on examples that are attacked. Nothing is checked.
    public init(_ attack: GradientAttack, size: Float, warmup: Int = 0) {
        (self.attack, self.size, self.warmup) = (attack, size, warmup)
    }

    /// The batch with attacked examples.
    func attacked(_ batch: Batch, _ context: StepContext, logits: (Tensor) -> Tensor) -> Batch {
        guard let labels = batch.labels else { return batch }
        let share = warmup > 0 ? (context.step / Float(warmup)).minimum(1) : Tensor.constant(1, [])
        var batch = batch
        batch.examples = attack(
            batch.examples, labels, size: share * size, key: context.key.named("attack"), logits: logits)
        return batch
    }
}

extension AdversarialTraining {
    /// The settings of it.
    static let hyperparameters = [
        Hyperparameter("adversarial", .real(0), in: 0...1e6, "size of the attacks that it is trained on; 0 for none"),
        Hyperparameter("attack-norm", GradientAttack.Norm.largest, "how the size of an attack is measured")
            .only(when: "adversarial", isNot: "0"),
        Hyperparameter("attack-steps", .integer(7), in: 1...100, "steps of an attack")
            .only(when: "adversarial", isNot: "0"),
        Hyperparameter("attack-warmup", .integer(0), "training steps over which the size of attacks grows from 0")
            .only(when: "adversarial", isNot: "0"),
    ]

    /// What a user's settings ask for; `nil` for training on examples as they are.
    init?(_ settings: Hyperparameters, within bounds: ClosedRange<Float>?) {
        let size = Float(settings.real("adversarial"))
        guard size > 0 else { return nil }
        self.init(
            GradientAttack(
                settings.choice("attack-norm", GradientAttack.Norm.largest), steps: settings.integer("attack-steps"),
                within: bounds),
            size: size, warmup: settings.integer("attack-warmup"))
    }
}
