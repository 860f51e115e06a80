import StrataBackend
import StrataData
import StrataEvaluation
import StrataReference
import Testing

/// Numbers on [0, 1) that are the same in every run: [count, width].
func uniformNumbers(_ count: Int, _ width: Int, seed: UInt32) -> [Float] {
    (0..<count * width).map { Threefry.uniform(Threefry.block(key: (seed, 17), counter: (UInt32($0), 0)).0) }
}

/// Each row times an orthonormal matrix [width, width]: reflections in `width` directions one after another.
func rotated(_ values: [Float], width: Int, seed: UInt32) -> [Float] {
    var values = values
    let directions = uniformNumbers(width, width, seed: seed).map { Double($0) - 0.5 }
    for direction in stride(from: 0, to: width * width, by: width).map({ Array(directions[$0..<$0 + width]) }) {
        let length = direction.reduce(0) { $0 + $1 * $1 }
        for row in stride(from: 0, to: values.count, by: width) {
            let along = (0..<width).reduce(0) { $0 + Double(values[row + $1]) * direction[$1] }
            for unit in 0..<width { values[row + unit] -= Float(2 * along / length * direction[unit]) }
        }
    }
    return values
}

@Suite struct RepresentationTests {
    private let backend = ReferenceBackend(configuration: BackendConfiguration())

    private func isNear(_ a: Double, _ b: Double, _ tolerance: Double = 1e-6) -> Bool { abs(a - b) <= tolerance }

    // MARK: Codes

    @Test func codesAreRowsOfNumbers() throws {
        let codes = try Codes([1, 2, 3, 4, 5, 6], width: 3)
        #expect(codes.count == 2 && codes.width == 3)
        #expect(try #require(throws: StrataError.self) { try Codes([1, 2, 3], width: 2) }.kind == .shape)
        #expect(try #require(throws: StrataError.self) { try Codes([], width: 0) }.kind == .shape)
        let error = try #require(throws: StrataError.self) { try Codes([1, 2, 3, .nan], width: 2) }
        #expect(error.kind == .notFinite && error.message.contains("number 1 of code 1"))
        let labels = Labels(values: [0, 2], classNames: ["a", "b"])
        #expect(try #require(throws: StrataError.self) { try LabelledCodes(codes, labels) }.kind == .shape)
        let few = Labels(values: [0], classNames: ["a", "b"])
        #expect(try #require(throws: StrataError.self) { try LabelledCodes(codes, few) }.kind == .shape)
    }

    // MARK: Sparseness

    @Test func sparsenessInClosedForm() throws {
        let oneHot = try Codes((0..<16).map { $0 % 5 == 0 ? -2 : 0 }, width: 4)
        let even = try Codes((0..<16).map { $0 % 2 == 0 ? 3 : -3 }, width: 4)
        // Rows (3, 4, 0, 0), and one that is silent and does not count; each unit that responds does so once.
        let mixed = try Codes([3, 4, 0, 0, 0, 0, 0, 0], width: 4)
        let cases = [(oneHot, 1.0, 1.0, 1.0), (even, 0, 0, 0), (mixed, 0.6, 0.68, 1)]
        for (codes, hoyer, trevesRolls, lifetime) in cases {
            let (first, second) = (try Sparseness.hoyer(codes), try Sparseness.trevesRolls(codes))
            #expect(isNear(first.population, hoyer) && isNear(second.population, trevesRolls), "\(first) \(second)")
            #expect(isNear(first.lifetime, lifetime) && isNear(second.lifetime, lifetime), "\(first) \(second)")
        }
        let silent = try Codes([Float](repeating: 0, count: 8), width: 4)
        #expect(try Sparseness.hoyer(silent).population == 0 && Sparseness.trevesRolls(silent).lifetime == 0)
        #expect(try Sparseness.hoyer(Codes([1, 5], width: 1)).population == 0)
        let error = try #require(throws: StrataError.self) { try Sparseness.hoyer(Codes([1, 2], width: 2)) }
        #expect(error.kind == .data && error.message == "sparseness takes at least 2 examples, and there are 1")
    }

    // MARK: Units

    @Test func activeAndDeadUnits() throws {
        // Variances 0.04, 0.04 about a large mean, 0.0025 and 0.
        let codes = try Codes([0.2, 1000.2, 0.05, 7, -0.2, 999.8, -0.05, 7], width: 4)
        let activity = try UnitActivity(codes)
        #expect(activity.active == 2 && activity.dead == 1)
    }

    @Test func classSelectivityInClosedForm() throws {
        // Units: only class 0; all alike; 3 and 1 with signs; silent. Class 2 has no example.
        let codes = try Codes([5, 2, -3, 0, 7, 2, 3, 0, 0, 2, 1, 0, 0, -2, -1, 0], width: 4)
        let labels = Labels(values: [0, 0, 1, 1], classNames: ["a", "b", "c"])
        let selectivity = try ClassSelectivity(LabelledCodes(codes, labels))
        #expect(selectivity.units == [1, 0, 0.5, 0])
        #expect(isNear(selectivity.mean, 0.5))
        // Three classes: the others are the mean of two.
        let three = Labels(values: [0, 1, 2], classNames: ["a", "b", "c"])
        #expect(try ClassSelectivity(LabelledCodes(Codes([4, 1, 3], width: 1), three)).units == [2.0 / 6])
        let one = Labels(values: [1, 1, 1, 1], classNames: ["a", "b"])
        let error = try #require(throws: StrataError.self) { try ClassSelectivity(LabelledCodes(codes, one)) }
        #expect(error.kind == .data && error.message.contains("2 classes"))
    }

    // MARK: Dimension

    @Test func participationRatioInClosedForm() throws {
        func corners(_ sizes: [Float]) throws -> Codes {
            var values: [Float] = []
            for corner in 0..<1 << sizes.count {
                for (unit, size) in sizes.enumerated() {
                    values.append(1000 + (corner >> unit & 1 == 1 ? size : -size))
                }
            }
            return try Codes(values, width: sizes.count)
        }
        #expect(try isNear(Dimensionality.participationRatio(corners([1, 1, 1, 0, 0]), backend: backend), 3, 1e-5))
        #expect(try isNear(Dimensionality.participationRatio(corners([2, 1]), backend: backend), 25.0 / 17, 1e-5))
        #expect(try Dimensionality.participationRatio(corners([0, 0]), backend: backend) == 0)
        // More units than a tile, all of them multiples of one number.
        let line: [Float] = (0..<5500).map { place in Float(place / 1100) * Float(place % 1100 % 7 - 3) }
        #expect(try isNear(Dimensionality.participationRatio(Codes(line, width: 1100), backend: backend), 1, 1e-4))
    }

    /// A cube of d dimensions, turned in eight.
    private func cube(_ d: Int, _ count: Int = 1500) throws -> Codes {
        let points = uniformNumbers(count, d, seed: 3)
        let padded: [Float] = (0..<count * 8).map { place in place % 8 < d ? points[place / 8 * d + place % 8] : 0 }
        return try Codes(rotated(padded, width: 8, seed: 4), width: 8)
    }

    @Test(arguments: [(1, 0.1), (2, 0.2), (5, 0.9)])
    func intrinsicDimensionOfACube(_ d: Int, tolerance: Double) throws {
        let distances = try NeighbourDistances(cube(d), backend: backend)
        let two = Dimensionality.twoNearestNeighbours(distances)
        let likely = Dimensionality.maximumLikelihood(distances)
        #expect(isNear(two, Double(d), tolerance), "\(two)")
        #expect(isNear(likely, Double(d), tolerance), "\(likely)")
    }

    @Test func neitherDuplicatesNorAShiftChangeTheDimension() throws {
        let once = try cube(2, 400)
        let twice = try Codes(once.values + once.values, width: 8)
        let shifted = try Codes(once.values.map { $0 + 500 }, width: 8)
        let dimensions = try [once, twice, shifted].map { codes in
            Dimensionality.twoNearestNeighbours(try NeighbourDistances(codes, backend: backend))
        }
        #expect(dimensions[0] == dimensions[1])
        #expect(isNear(dimensions[0], dimensions[2], 0.05), "\(dimensions)")
    }

    @Test func distancesOfNearDuplicatesAreRight() throws {
        let places: [Float] = [0, 1e-4, 1, 1.0002, 5]
        let codes = try Codes(places.flatMap { [$0, 100] }, width: 2)
        let rows = try NeighbourDistances(codes, neighbours: 2, backend: backend).rows
        for (row, place) in zip(rows, places) {
            let expected = places.filter { $0 != place }.map { abs(Double($0) - Double(place)) }.sorted().prefix(2)
            #expect(row == Array(expected), "\(row)")
        }
    }

    @Test func codesThatDoNotTellHaveNoDimension() throws {
        let constant = try Codes([Float](repeating: 2, count: 12), width: 2)
        let oneHot = try Codes((0..<25).map { $0 % 6 == 0 ? 1 : 0 }, width: 5)
        let two = try Codes([0, 1, 0, 1, 0], width: 1)
        for codes in [constant, oneHot, two] {
            let distances = try NeighbourDistances(codes, backend: backend)
            #expect(Dimensionality.twoNearestNeighbours(distances) == 0)
            #expect(Dimensionality.maximumLikelihood(distances) == 0)
        }
        #expect(throws: StrataError.self) { try NeighbourDistances(Codes([1], width: 1), backend: backend) }
        #expect(throws: StrataError.self) { try NeighbourDistances(constant, neighbours: 1, backend: backend) }
    }

    // MARK: Alignment

    @Test func alignmentIgnoresRotationScaleAndShift() throws {
        let values = uniformNumbers(300, 6, seed: 5).enumerated().map { $1 * Float($0 % 6 + 1) }
        let turned = rotated(values, width: 6, seed: 6).map { $0 * 1e-6 + 3e-6 }
        let (codes, other) = (try Codes(values, width: 6), try Codes(turned, width: 6))
        #expect(try isNear(CenteredKernelAlignment.linear(codes, other, backend: backend), 1, 1e-4))
        let unrelated = try Codes(uniformNumbers(300, 6, seed: 7), width: 6)
        let far = try CenteredKernelAlignment.linear(codes, unrelated, backend: backend)
        #expect(far < 0.1, "\(far)")
        // A shear is no rotation.
        let sheared = try Codes(values.enumerated().map { $0 % 6 == 0 ? $1 * 20 : $1 }, width: 6)
        let near = try CenteredKernelAlignment.linear(codes, sheared, backend: backend)
        #expect(near < 0.7, "\(near)")
    }

    @Test func alignmentOfSingleUnitsIsTheSquaredCorrelation() throws {
        // More examples than go through the backend at once.
        let x = uniformNumbers(3000, 1, seed: 8), y = zip(x, uniformNumbers(3000, 1, seed: 9)).map { $0 * $0 + $1 }
        func deviations(_ values: [Float]) -> [Double] {
            let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
            return values.map { Double($0) - mean }
        }
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let (a, b) = (deviations(x), deviations(y))
        let expected = dot(a, b) * dot(a, b) / (dot(a, a) * dot(b, b))
        let codes = [try Codes(x, width: 1), try Codes(y, width: 1), try Codes(x.map { _ in 1 }, width: 1)]
        let table = try CenteredKernelAlignment.linear(codes, codes, backend: backend)
        #expect(isNear(table[0][1], expected, 1e-5) && isNear(table[1][0], expected, 1e-5), "\(table) \(expected)")
        #expect(isNear(table[0][0], 1) && table[2] == [0, 0, 0] && table.allSatisfy { $0[2] == 0 })
    }

    @Test func alignmentOfMoreUnitsThanATile() throws {
        let values = uniformNumbers(12, 1100, seed: 10)
        let mirrored = stride(from: 0, to: values.count, by: 1100).flatMap { values[$0..<$0 + 1100].reversed() }
        let (codes, other) = (try Codes(values, width: 1100), try Codes(mirrored, width: 1100))
        #expect(try isNear(CenteredKernelAlignment.linear(codes, other, backend: backend), 1, 1e-4))
        let fewer = try Codes(Array(values[..<1100]), width: 1100)
        #expect(
            try #require(throws: StrataError.self) {
                try CenteredKernelAlignment.linear(fewer, fewer, backend: backend)
            }.kind == .data)
        let half = try Codes(Array(values[..<6600]), width: 1100)
        #expect(
            try #require(throws: StrataError.self) {
                try CenteredKernelAlignment.linear(codes, half, backend: backend)
            }.kind == .shape)
    }

    // MARK: All of them

    @Test func allMeasuresHaveNamesAndAreNumbers() throws {
        let labels = Labels(values: (0..<40).map { $0 % 2 }, classNames: ["a", "b"])
        let varying = try Codes(uniformNumbers(40, 3, seed: 11), width: 3)
        let constant = try [0, -2].map { try Codes([Float](repeating: $0, count: 120), width: 3) }
        for codes in [varying] + constant {
            let measures = try RepresentationMeasures.all(codes: codes, labels: labels, backend: backend)
            #expect(measures.allSatisfy { $0.value.isFinite }, "\(measures)")
            #expect(Set(measures.map(\.name)).count == 10 && measures.last?.name == "class_selectivity")
        }
        let plain = try RepresentationMeasures.all(codes: varying, backend: backend)
        #expect(plain.count == 9)
        #expect(plain.first { $0.name == "active_units" }?.value == 3)
    }
}
