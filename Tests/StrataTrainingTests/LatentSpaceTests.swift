import StrataBackend
import StrataCompiler
@testable import StrataEvaluation
import StrataGraph
import StrataModels
import StrataSIMD
import StrataTraining
import Testing

@Suite struct LatentSpaceTests {
    private func predictor(_ model: any Model, features: Int) throws -> Predictor {
        try Predictor(
            model, features: features,
            session: Session(backend: SIMDBackend(configuration: BackendConfiguration()), seed: 1))
    }

    /// A decoder that is given by a formula.
    private struct Formula: DecodingModel {
        var codeSize: Int
        var body: @Sendable (Tensor) -> Tensor
        var phases: [TrainingPhase] { [] }
        var criterion: Criterion { .minimize("none") }
        var variables: [StateVariable] { [] }
        func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [] }
        func decode(_ codes: Tensor) -> Tensor { body(codes) }
    }

    private func length(_ points: [Float], width: Int) -> Double {
        (1..<points.count / width).reduce(0) { sum, row in
            sum
                + (0..<width).reduce(0.0) { sum, place in
                    let difference = Double(points[row * width + place]) - Double(points[(row - 1) * width + place])
                    return sum + difference * difference
                }.squareRoot()
        }
    }

    /// The plane on the unit sphere: from (1, 0) to (0, 1) the straight line is 1.71007 long, the arc a quarter of a
    /// circle.
    @Test func geodesicOnTheSphere() throws {
        let sphere = Formula(codeSize: 2) { z in
            let square = z.squared().sum([1]).reshape([z.shape[0], 1])
            return .concatenate([z * 2, square - 1], axis: 1) / (square + 1)
        }
        let predictor = try predictor(sphere, features: 3)
        let line = try predictor.interpolate(from: [1, 0], to: [0, 1], steps: 401)
        #expect(abs(length(line, width: 3) - 1.71007) < 1e-4, "\(length(line, width: 3))")
        let arc = try predictor.interpolate(from: [1, 0, 0, 1], to: [0, 1, 1, 0], steps: 21, along: .geodesic)
        for way in [arc[..<63], arc[63...]] {
            // Twenty chords of a quarter of a circle, all of the same length.
            #expect(abs(length(Array(way), width: 3) - 40 * 0.0392599) < 1e-4, "\(length(Array(way), width: 3))")
        }
        #expect(arc[..<3] == line[..<3], "the ends stay")
    }

    /// Halfway between two draws of a Gaussian of 100 dimensions a straight line is at 7, where hardly any draw is.
    @Test func midpointsOfDraws() throws {
        let predictor = try predictor(Formula(codeSize: 100) { $0 }, features: 100)
        let draws = try predictor.priorCodes(400, seed: 2)
        let (from, to) = (Array(draws[..<20_000]), Array(draws[20_000...]))
        for (path, expected) in [(LatentPath.linear, 7.07), (.spherical, 10)] {
            let way = try predictor.interpolate(from: from, to: to, steps: 3, along: path)
            let lengths = (0..<200).map { pair -> Double in
                let middle = way[(pair * 3 + 1) * 100..<(pair * 3 + 2) * 100]
                return middle.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            }
            let mean = lengths.reduce(0, +) / 200
            #expect(abs(mean - expected) < 0.15, "\(path) \(mean)")
        }
        // A quarter of a circle in thirds; opposite ends, and one of length 0, are joined straight.
        let plane = try self.predictor(Formula(codeSize: 2) { $0 }, features: 2)
        let arc = try plane.interpolate(from: [1, 0], to: [0, 1], steps: 4, along: .spherical)
        for (value, expected) in zip(arc, [1, 0, 0.866025, 0.5, 0.5, 0.866025, 0, 1] as [Float]) {
            #expect(abs(value - expected) < 1e-5)
        }
        #expect(try plane.interpolate(from: [1, 0], to: [-1, 0], steps: 3, along: .spherical)[2] == 0)
        #expect(try plane.interpolate(from: [0, 0], to: [1, 2], steps: 3, along: .spherical)[3] == 1)
        for path in LatentPath.allCases {
            #expect(try plane.interpolate(from: [1, 2], to: [3, 4], steps: 1, along: path) == [1, 2])
            #expect(try plane.interpolate(from: [1, 2], to: [3, 4], steps: 2, along: path) == [1, 2, 3, 4])
            #expect(try plane.interpolate(from: [], to: [], steps: 5, along: path).isEmpty)
        }
    }

    /// What a decoder makes of a code leads back to it.
    @Test func invertsADecoder() throws {
        let bent = Formula(codeSize: 2) { z in
            .concatenate([z, (z * 2).tanh(), (z.slice(0..<1, axis: 1) * z.slice(1..<2, axis: 1))], axis: 1)
        }
        let predictor = try predictor(bent, features: 5)
        let codes: [Float] = [0.5, -1, 1.5, 0.25, -0.75, 2]
        let found = try predictor.invert(predictor.decode(codes))
        #expect(found.count == 6 && zip(found, codes).allSatisfy { abs($0 - $1) < 1e-3 }, "\(found)")
        #expect(try predictor.invert([]).isEmpty)
        #expect(throws: StrataError.self) { try predictor.invert([1, 2]) }
        #expect(throws: StrataError.self) { try predictor.invert([1, 2, 3, 4, 5], starts: 0) }
    }

    @Test func attributesAreDirections() throws {
        let codes = try Codes([0, 0, 2, 2, 1, 5, 3, 7], width: 2)
        let direction = try LatentSpace.attribute(codes, [false, false, true, true])
        #expect(direction == [1, 5])
        let moved = try LatentSpace.moved(codes.rows([0, 3]), along: direction, by: [-1, 0, 2])
        #expect(moved.values == [-1, -5, 0, 0, 2, 10, 2, 2, 3, 7, 5, 17])
        #expect(throws: StrataError.self) { try LatentSpace.attribute(codes, [true, true, true, true]) }
        #expect(throws: StrataError.self) { try LatentSpace.attribute(codes, [true]) }
        #expect(throws: StrataError.self) { try LatentSpace.moved(codes, along: [1], by: [1]) }
    }

    @Test func variationsAreAsWideAsTheCodes() throws {
        let codes = try Codes((0..<200).flatMap { [Float($0 % 2) * 2, Float($0 % 2) * 6] }, width: 2)
        let varied = try LatentSpace.variations(
            of: codes.rows([0]), among: codes, count: 4000, deviations: 0.5, seed: 3)
        let moments = (0..<2).map { unit -> (Double, Double) in
            let values = stride(from: unit, to: varied.values.count, by: 2).map { Double(varied.values[$0]) }
            let mean = values.reduce(0, +) / 4000
            return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000).squareRoot())
        }
        for ((mean, deviation), expected) in zip(moments, [0.5, 1.5]) {
            #expect(abs(mean) < 0.1 && abs(deviation - expected) < 0.05 * expected, "\(moments)")
        }
        let still = try LatentSpace.variations(of: codes.rows([1]), among: codes, count: 2, deviations: 0, seed: 3)
        #expect(still.values == [2, 6, 2, 6])
    }

    /// The same for codes that are turned and scaled; and what an affine map did is found from the anchors.
    @Test func modelsAreComparedByAnchors() throws {
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let predictor = try predictor(Formula(codeSize: 3) { $0 }, features: 3)
        let codes = try Codes(predictor.priorCodes(60, seed: 5), width: 3)
        func mapped(_ codes: Codes, _ matrix: [[Float]], _ shift: [Float]) throws -> Codes {
            try Codes(
                (0..<codes.count).flatMap { row in
                    matrix.enumerated().map { number, line in
                        shift[number] + zip(line, codes.values[row * 3..<row * 3 + 3]).reduce(0) { $0 + $1.0 * $1.1 }
                    }
                }, width: matrix.count)
        }
        let turn: [[Float]] = [[0, -3, 0], [1.8, 0, 2.4], [2.4, 0, -1.8]]
        let turned = try mapped(codes, turn, [0, 0, 0])
        let anchors = Array(0..<20)
        let relative = try [codes, turned].map { try RelativeRepresentation.cosines($0, to: $0.rows(anchors)) }
        #expect(zip(relative[0].values, relative[1].values).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(relative[0].width == 20 && abs(relative[0].values[0] - 1) < 1e-6)
        #expect(try RelativeRepresentation.agreement(relative[0], relative[1], backend: backend) == 1)

        let wide = try mapped(codes, turn + [[1, 1, 1]], [1, 2, 3, 4])
        let translated = try LatentTranslation(from: codes.rows(anchors), to: wide.rows(anchors))(codes)
        #expect(zip(translated.values, wide.values).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(throws: StrataError.self) { try LatentTranslation(from: codes, to: wide.rows(anchors)) }
        #expect(throws: StrataError.self) { try RelativeRepresentation.cosines(codes, to: wide) }
    }
}
