import Foundation
import StrataBackend
public import StrataGraph
import StrataNN

/// A mixture of Gaussians, fitted by the EM algorithm (Dempster, Laird and Rubin 1977), each pass through the examples
/// being one iteration. The code of an example is the probability of each component.
///
/// The means begin at k-means++ centres of a sample, moved to the middle of its clusters; the covariances at the
/// variance of the sample.
public struct GaussianMixture: EncodingModel, DecodingModel, SamplingModel {
    /// Which covariances the components may have.
    public enum Covariance: String, Sendable, Hashable, CaseIterable {
        /// A variance for each feature of each component.
        case diagonal
        /// A covariance for each component.
        case full
        /// One covariance for all.
        case shared
    }

    /// Which covariances the components have.
    public let covariance: Covariance
    /// [components].
    let logWeights: StateVariable
    /// [components, features].
    let means: StateVariable
    /// What brings a centred example to variance 1. Diagonal: [components, features], one over the deviations. Else, for
    /// each covariance, the inverse of its Cholesky factor [features, features].
    let whitening: [StateVariable]
    private let seeding: Seeding
    /// Of a pass: Σ r, Σ r (x − m) and Σ r (x − m)(x − m)ᵀ, about the means m at its beginning; for a shared covariance
    /// Σ (x − c)(x − c)ᵀ about their middle c, as it does not matter there whose an example is.
    private let counts: StateVariable
    private let sums: StateVariable
    private let squares: [StateVariable]

    /// Added to every variance, so that features which never vary have no infinite likelihood.
    private let floor: VarianceFloor

    /// - `resolution`: The step between neighbouring values of the data, such as 1/255; 0 for real numbers.
    public init(features: Int, components: Int, covariance: Covariance = .diagonal, resolution: Float = 0) {
        self.covariance = covariance
        floor = VarianceFloor("mixture_floor", resolution: resolution)
        logWeights = StateVariable("log_weights", [components], initializer: .zeros)
        means = StateVariable("means", [components, features], initializer: .zeros)
        seeding = Seeding(centres: means)
        counts = StateVariable("mixture_counts", [components], initializer: .zeros)
        sums = StateVariable("mixture_sums", [components, features], initializer: .zeros)
        let shape: Shape = covariance == .diagonal ? [components, features] : [features, features]
        let number = covariance == .full ? unrolled(components, atMost: 4096) : 1
        whitening = (0..<number).map { StateVariable("whitening.\($0)", shape, initializer: .zeros) }
        squares = (0..<number).map { StateVariable("mixture_squares.\($0)", shape, initializer: .zeros) }
    }

    public var codeSize: Int { means.type.shape[0] }
    private var features: Int { means.type.shape[1] }
    public var variables: [StateVariable] { [logWeights, means] + whitening }
    public var minimumExampleCount: Int { codeSize + 1 }

    // MARK: Fitting

    public var phases: [TrainingPhase] {
        let hint = "the covariances may be singular; try fewer components, or diagonal covariances"
        return [
            seeding.landmarks.phase(hint: hint) {
                [
                    seeding.draw(key: $0.key.named("seeding")), EpochEndUpdate(centred, repeats: 20),
                    EpochEndUpdate(start),
                ]
            },
            TrainingPhase(hint: hint, statistics: statistics, epochEnd: { _ in [EpochEndUpdate(maximized)] }),
        ]
    }

    /// One step of k-means on the landmarks.
    private var centred: Updates {
        let landmarks = seeding.landmarks.examples.tensor
        let nearest = (-landmarks.squaredDistances(to: means.tensor)).argMax(axis: 1)
        let members =
            Loss.oneHot(nearest.cast(to: .int32), classes: codeSize)
            * seeding.landmarks.isTaken.reshape([seeding.landmarks.size, 1])
        let counts = members.sum([0]).reshape([codeSize, 1])
        let middle = members.dot(landmarks, DotAxes(leftContract: [0], rightContract: [0])) / counts.maximum(1)
        return [(means, counts.greater(0).broadcast(to: means.type.shape, axes: [0, 1]).select(middle, means.tensor))]
    }

    /// Every covariance at the landmarks' variances, every weight alike.
    private var start: Updates {
        let isTaken = seeding.landmarks.isTaken.reshape([seeding.landmarks.size, 1])
        let count = isTaken.sum()
        let mean = (seeding.landmarks.examples.tensor * isTaken).sum([0]) / count
        let variance = ((seeding.landmarks.examples.tensor - mean).squared() * isTaken).sum([0]) / count
        let floor = floor.value(meanVariance: variance.mean())
        let scale = (variance + floor).squareRoot().reciprocal()
        let weights = Tensor.constant(-log(Float(codeSize)), [codeSize])
        let first =
            covariance == .diagonal
            ? scale.broadcast(to: means.type.shape, axes: [1]) : Tensor.identity(features) * scale
        return [(logWeights, weights), (self.floor.variable, floor)] + whitening.map { ($0, first) }
    }

    public var criterion: Criterion { .maximize("log_likelihood") }

    private func statistics(_ batch: Batch, _ context: StepContext) -> TrainingPhase.Statistics {
        let x = batch.examples
        let joint = logJoint(x)
        let responsibilities = joint.softmax(axis: 1)
        let rows = DotAxes(leftContract: [0], rightContract: [0])
        var updates: Updates = [(counts, counts.tensor + responsibilities.sum([0]))]
        var added: [Tensor] = []
        var second = squares.map(\.tensor)
        for component in 0..<unrolled(codeSize, atMost: 4096) {
            let r = responsibilities.slice(component..<component + 1, axis: 1)
            let centred = x - means.tensor.slice(component..<component + 1, axis: 0)
            added.append((centred * r).sum([0], keepingAxes: true))
            switch covariance {
            case .diagonal, .shared: continue
            case .full: second[component] = second[component] + (centred * r).dot(centred, rows)
            }
        }
        if covariance == .shared {
            let centred = x - middle
            second[0] = second[0] + centred.dot(centred, rows)
        }
        if covariance == .diagonal {
            let parts = (0..<unrolled(codeSize, atMost: 4096)).map { component -> Tensor in
                let r = responsibilities.slice(component..<component + 1, axis: 1)
                let centred = x - means.tensor.slice(component..<component + 1, axis: 0)
                return (centred.squared() * r).sum([0], keepingAxes: true)
            }
            second[0] = second[0] + .concatenate(parts)
        }
        updates.append((sums, sums.tensor + .concatenate(added)))
        updates += zip(squares, second).map { ($0, $1) }
        return .init(updates, metrics: [Metric("log_likelihood", joint.logSumExp(axis: 1))])
    }

    /// The M step. A component that has no examples left keeps its place with next to no weight.
    private var maximized: Updates {
        let total = counts.tensor.sum()
        let column = counts.tensor.maximum(1e-6).reshape([codeSize, 1])
        let shift = sums.tensor / column
        var updates: Updates = [
            (logWeights, (counts.tensor / total).maximum(1e-12).logarithm()), (means, means.tensor + shift),
            (counts, .constant(0, [codeSize])), (sums, .constant(0, sums.type.shape)),
        ]
        updates += squares.map { ($0, .constant(0, $0.type.shape)) }
        let outer = DotAxes(leftContract: [0], rightContract: [0])
        switch covariance {
        case .diagonal:
            let variance = (squares[0].tensor / column - shift.squared()).maximum(0) + floor.variable.tensor
            updates.append((whitening[0], variance.squareRoot().reciprocal()))
        case .full:
            for component in 0..<unrolled(codeSize, atMost: 4096) {
                let row = shift.slice(component..<component + 1, axis: 0)
                let count = column.slice(component..<component + 1, axis: 0)
                updates.append(
                    (whitening[component], whitener(squares[component].tensor / count - row.dot(row, outer))))
            }
        case .shared:
            let offset = means.tensor + shift - middle
            updates.append(
                (whitening[0], whitener((squares[0].tensor - (offset * column).dot(offset, outer)) / total)))
        }
        return updates
    }

    /// Of the means, where a shared covariance is centred.
    private var middle: Tensor { means.tensor.mean([0]) }

    /// The inverse of the Cholesky factor of a covariance.
    private func whitener(_ covariance: Tensor) -> Tensor {
        let identity = Tensor.identity(features)
        return (covariance + identity * floor.variable.tensor).cholesky().solve(identity)
    }

    // MARK: Probabilities

    /// log p(component, x): [batch, components].
    private func logJoint(_ x: Tensor) -> Tensor {
        let constant = Float(Double(features) * log(2 * Double.pi))
        /// Less half the squared lengths of whitened differences; plus the logarithms of the whitening's volume.
        func density(_ squares: Tensor, _ logDeterminant: Tensor) -> Tensor {
            (squares + constant) * -0.5 + logDeterminant
        }
        func logDeterminant(_ factor: StateVariable) -> Tensor {
            (factor.tensor * Tensor.identity(features)).sum([1]).logarithm().sum()
        }
        if covariance == .shared {
            let squares = (x - middle).dotTransposed(whitening[0].tensor).squaredDistances(
                to: (means.tensor - middle).dotTransposed(whitening[0].tensor))
            return density(squares, logDeterminant(whitening[0])) + logWeights.tensor
        }
        let columns = (0..<unrolled(codeSize, atMost: 4096)).map { component -> Tensor in
            let centred = x - means.tensor.slice(component..<component + 1, axis: 0)
            guard covariance == .diagonal else {
                let squares = centred.dotTransposed(whitening[component].tensor).squared().sum([1], keepingAxes: true)
                return density(squares, logDeterminant(whitening[component]))
            }
            let scale = whitening[0].tensor.slice(component..<component + 1, axis: 0)
            return density((centred * scale).squared().sum([1], keepingAxes: true), scale.logarithm().sum())
        }
        return Tensor.concatenate(columns, axis: 1) + logWeights.tensor
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [
            Metric("log_likelihood", logJoint(batch.examples).logSumExp(axis: 1)),
            Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples)),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor { logJoint(examples).softmax(axis: 1) }
    public func decode(_ codes: Tensor) -> Tensor { codes.dot(means.tensor) }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let gumbel = -(-key.named("component").uniform([count, codeSize]).maximum(1e-12).logarithm()).logarithm()
        let component = (logWeights.tensor + gumbel).argMax(axis: 1)
        let members = Loss.oneHot(component.cast(to: .int32), classes: codeSize)
        let noise = key.named("noise").normal([count, features])
        if covariance == .diagonal {
            return Sampling(examples: members.dot(means.tensor) + noise / members.dot(whitening[0].tensor))
        }
        let spread = whitening.map { $0.tensor.solve(noise.transpose()).transpose() }
        let own =
            covariance == .shared
            ? spread[0]
            : spread.enumerated().map { $1 * members.slice($0..<$0 + 1, axis: 1) }.reduce(.constant(0, noise.shape), +)
        return Sampling(examples: members.dot(means.tensor) + own)
    }

    /// `gmm` in the zoo: 10 components with diagonal covariances, batches of 1,000.
    public static let description = ModelDescription(
        name: "gmm", summary: "mixture of Gaussians, by EM from k-means++ (Dempster, Laird & Rubin 1977)",
        hyperparameters: [
            Hyperparameter("components", .integer(10), in: 1...4096, "Gaussians"),
            Hyperparameter("covariance", Covariance.diagonal, "of the Gaussians"),
        ],
        batchSize: 1000,
        build: { spec, settings in
            GaussianMixture(
                features: spec.features, components: settings.integer("components"),
                covariance: settings.choice("covariance", Covariance.diagonal), resolution: spec.resolution)
        })
}
