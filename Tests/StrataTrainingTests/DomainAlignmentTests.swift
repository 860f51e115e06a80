import Foundation
import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataEvaluation
@testable import StrataModels

/// What makes two domains alike, where it is known in closed form.
@Suite struct DomainAlignmentTests {
    private let backend: SIMDBackend

    init() throws { backend = try SIMDBackend(configuration: BackendConfiguration()) }

    private func read(_ tensors: [Tensor]) throws -> [[Double]] {
        let session = try SmallMachine.session()
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try tensors.indices.map { try function.read("\($0)").map(Double.init) }
    }

    // MARK: Adversary

    /// Ganin et al. (2016): 0 at the beginning, nearly 1 at the end.
    @Test func reversalGrows() throws {
        let found = try read([AdversarialAlignment.reversal(at: .literal([0, 0.25, 0.5, 0.75] as [Float], [4]))])[0]
        for (value, exact) in zip(found, [0, 0.84828, 0.98661, 0.99889]) { #expect(abs(value - exact) < 1e-5) }
    }

    /// A discriminator of zeros is as confused as can be, however many examples of either domain there are, and its gradient
    /// reaches the codes with the other sign and the factor λ.
    @Test func codesDescendWhereTheDiscriminatorAscends() throws {
        let alignment = AdversarialAlignment(code: [2], hidden: [])
        let codes = Tensor.literal([1, 2, 3, 4, 5, 6, 7, 8] as [Float], [4, 2])
        let weights = DomainWeights(domains: .literal([0, 0, 0, 1] as [Int32], [4]))
        func loss(_ progress: Float, weight: [Float]) -> (Tensor, Tensor) {
            var pass = Pass.evaluation
            let loss = alignment.loss(codes, weights, progress: .constant(progress, []), &pass).value
            let known = alignment.parameters.first { $0.type.shape.rank == 2 }
            let slope = gradient(of: loss, withRespectTo: [codes])[0]
            let values = [known?.name ?? "": Tensor.literal(weight, known?.type.shape ?? [2, 1])]
            let others = alignment.parameters.filter { $0.type.shape.rank == 1 }
            let all = others.reduce(into: values) { $0[$1.name] = .constant(0, $1.type.shape) }
            return (loss.substituting(all), slope.substituting(all))
        }
        let (confused, flat) = loss(1, weight: [0, 0])
        let (_, half) = loss(0.5, weight: [0.1, -0.1])
        let (_, none) = loss(0, weight: [0.1, -0.1])
        let found = try read([confused, flat, half, none])
        #expect(abs(found[0][0] - 2 * log(2)) < 1e-6)
        #expect(found[1].allSatisfy { $0 == 0 } && found[3].allSatisfy { $0 == 0 })
        // The logit is −0.1 for all: its slope 1/3 σ for each of the source, −(1 − σ) for the target, times −λ and the weight.
        let sigma = 1 / (1 + exp(0.1))
        for row in 0..<4 {
            let slope = row < 3 ? sigma / 3 : -(1 - sigma)
            #expect(abs(found[2][2 * row] + 0.98661 * slope * 0.1) < 1e-5)
            #expect(abs(found[2][2 * row + 1] - 0.98661 * slope * 0.1) < 1e-5)
        }
    }

    // MARK: Kernels

    /// N(0, I) and N(μ, I) by Gauss–Hermite quadrature: `2 (s² / (s² + 2))^(d/2) (1 − exp(−|μ|² / 2 (s² + 2)))`.
    @Test func discrepancyOfGaussians() throws {
        // Eight nodes and weights for the density of normal numbers.
        let nodes: [(x: Double, w: Double)] = [
            (-4.14454718612589, 0.000112614538375), (-2.8024858612875416, 0.009635220120788),
            (-1.636519042435108, 0.117239907661759), (-0.5390798113513751, 0.373012257679077),
        ].flatMap { [($0.0, $0.1), (-$0.0, $0.1)] }
        let total = nodes.reduce(0) { $0 + $1.w }
        var (rows, source, target): ([Float], [Float], [Float]) = ([], [], [])
        for shift in [0.0, 1.0] {
            for a in nodes {
                for b in nodes {
                    rows += [Float(a.x + shift), Float(b.x)]
                    let weight = Float(a.w * b.w / (total * total))
                    source.append(shift == 0 ? weight : 0)
                    target.append(shift == 0 ? 0 : weight)
                }
            }
        }
        let points = Tensor.literal(rows, [128, 2])
        let weights = DomainWeights(source: .literal(source, [128]), target: .literal(target, [128]))
        let found = try read([
            KernelAlignment.discrepancy(
                points.squaredDistances(to: points), weights, variances: [.constant(1, [])]),
            KernelAlignment.discrepancy(
                points.squaredDistances(to: points), weights, variances: [.constant(1, []), .constant(1, [])]),
        ])
        #expect(abs(found[0][0] - 0.102346) < 1e-4, "\(found)")
        #expect(abs(found[0][0] - found[1][0]) < 1e-6)
    }

    // MARK: Covariances

    /// Two domains by hand; a batch of one of them has nothing to align.
    @Test func covariancesByHand() throws {
        let rows = Tensor.literal([0, 0, 2, 0, 1, 3, 5, 5, 5, 9] as [Float], [5, 2])
        func loss(_ domains: [Int32]) -> Tensor {
            var pass = Pass.evaluation
            return CovarianceAlignment().loss(
                rows, DomainWeights(domains: .literal(domains, [5])), progress: .constant(0, []), &pass
            ).value
        }
        // Of the first three: variances 1 and 3, covariance 0; of the last two: 0, 8 and 0.
        let found = try read([loss([0, 0, 0, 1, 1]), loss([0, 0, 0, 0, 0])])
        #expect(abs(found[0][0] - (1.0 + 25) / 16) < 1e-5, "\(found)")
        #expect(found[1][0] == 0)
    }

    /// Mapped, the source has the target's covariance, the mean variance added to the diagonals of both.
    @Test func correlationAlignmentRecolours() throws {
        func draw(_ seed: UInt32, _ mix: [[Double]], _ shift: Double) throws -> Codes {
            let normal = Threefry.normals(600, seed: seed)
            return try Codes(
                stride(from: 0, to: 600, by: 2).flatMap { i -> [Float] in
                    let (a, b) = (Double(normal[i]), Double(normal[i + 1]))
                    return mix.map { Float($0[0] * a + $0[1] * b + shift) }
                }, width: 2)
        }
        let (source, target) = (try draw(1, [[1, 0.5], [0, 2]], 3), try draw(2, [[0.3, 0], [1, 1]], -5))
        let map = try LinearAlignment.correlation(source: source, target: target, backend: backend)
        func covariance(_ codes: Codes) throws -> [Double] {
            try codes.covariance(about: codes.moments().means, backend: backend).elements
        }
        let (own, other) = (try covariance(source), try covariance(target))
        let mapped = try covariance(map.source(source, backend: backend))
        // Aᵀ (C + c I) A, of which Aᵀ C A is what is seen, and c Aᵀ A what the diagonal adds.
        let units = try Codes([1, 0, -1, 0, 0, 1, 0, -1], width: 2)
        let square = try LinearAlignment.correlation(source: source, target: target, backend: backend).source(
            Codes(units.values.enumerated().map { $1 + Float(source.moments().means[$0 % 2]) }, width: 2),
            backend: backend)
        var added = [Double](repeating: 0, count: 4)
        for row in stride(from: 0, to: 8, by: 4) {
            for i in 0..<2 {
                for j in 0..<2 { added[2 * i + j] += Double(square.values[row + i]) * Double(square.values[row + j]) }
            }
        }
        let (c, t) = ((own[0] + own[3]) / 2, (other[0] + other[3]) / 2)
        for place in 0..<4 {
            let wanted = other[place] + (place == 0 || place == 3 ? t : 0)
            #expect(abs(mapped[place] + c * added[place] - wanted) < 1e-3 * t, "\(place)")
        }
        // A domain aligned with itself is what it was, about its mean.
        let same = try LinearAlignment.correlation(source: source, target: source, backend: backend)
        let still = try same.source(source, backend: backend)
        for row in 0..<10 {
            let moved = Double(still.values[2 * row]) + source.moments().means[0]
            #expect(abs(moved - Double(source.values[2 * row])) < 1e-4)
        }
    }

    /// Subspaces of all dimensions only turn: distances stay.
    @Test func wholeSubspacesTurn() throws {
        let source = try Codes([1, 2, 3, -1, 0, 4, 2, 2, 5, 0, 1, 7], width: 3)
        let target = try Codes([0, 2, 9, -1, 3, 4, 2, 8, 5, 7, 1, 7], width: 3)
        let map = try LinearAlignment.subspace(source: source, target: target, backend: backend)
        let (a, b) = (try map.source(source, backend: backend), try map.target(target, backend: backend))
        for (codes, mapped) in [(source, a), (target, b)] {
            #expect(mapped.width == 3)
            #expect(abs(codes.squaredDistance(0, codes, 3) - mapped.squaredDistance(0, mapped, 3)) < 1e-4)
        }
    }

    @Test func domainsAreToldApart() throws {
        func codes(_ seed: UInt32, _ shift: Float) throws -> Codes {
            try Codes(Threefry.normals(800, seed: seed).map { $0 + shift }, width: 2)
        }
        let (near, same, far) = (try codes(1, 0), try codes(2, 0), try codes(3, 8))
        let alike = try DomainDistance.accuracy(source: near, target: same, backend: backend)
        #expect(abs(alike - 0.5) < 0.08, "\(alike)")
        #expect(try DomainDistance.accuracy(source: near, target: far, backend: backend) == 1)
        #expect(DomainDistance.proxy(accuracy: 1) == 2 && DomainDistance.proxy(accuracy: 0.5) == 0)
    }
}

extension Threefry {
    /// So many standard normal numbers.
    fileprivate static func normals(_ count: Int, seed: UInt32) -> [Float] {
        (0..<count).map { i in
            let words = block(key: (seed, 11), counter: (UInt32(i), 0))
            let (u, v) = (max(Double(uniform(words.0)), 1e-12), Double(uniform(words.1)))
            return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * v))
        }
    }
}
