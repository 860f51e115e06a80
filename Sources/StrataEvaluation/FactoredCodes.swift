import StrataBackend
public import StrataData
public import StrataTraining

/// Codes with the true causes of each example: what disentanglement is measured on.
///
/// Numbers of a code that never vary say nothing of any factor, and factors that never vary cannot be told: both are
/// left out.
public struct FactoredCodes: Sendable {
    /// All codes, [count, width], with the units that never vary.
    public let codes: Codes
    /// The numbers that vary: [count] each.
    let units: [[Float]]
    /// The factors that vary.
    let factors: [Factor]

    struct Factor: Sendable {
        /// For each example; those that occur, numbered from 0.
        let values: [Int]
        /// How many examples have each value; none is 0.
        let counts: [Int]
    }

    /// Throws `shape` where there is not one value of each factor for each code, or one that a factor does not take;
    /// `data` for fewer than 2 examples and where no factor varies.
    public init(_ codes: Codes, _ factors: Factors) throws {
        try codes.require(2, for: "disentanglement")
        let names = factors.names
        guard factors.sizes.count == names.count, factors.values.count == codes.count * names.count else {
            throw StrataError(
                .shape, "\(factors.values.count) values of \(names.count) factors do not fit \(codes.count) codes")
        }
        self.factors = try names.indices.compactMap { number in
            let values = (0..<codes.count).map { Int(factors.values[$0 * names.count + number]) }
            if let wrong = values.first(where: { $0 < 0 || $0 >= factors.sizes[number] }) {
                throw StrataError(.shape, "factor '\(names[number])' is \(wrong), outside 0..<\(factors.sizes[number])")
            }
            return Factor(values)
        }
        guard !self.factors.isEmpty else {
            throw StrataError(
                .data, "disentanglement takes factors that vary, and none does in these \(codes.count) examples")
        }
        self.codes = codes
        units = codes.varyingUnits.map(codes.unit)
    }

    /// The codes that a model gives the examples of a split. Throws `data` where their factors are not known,
    /// `unsupported` for a model without an encoder.
    public init(_ model: Predictor, of split: DataSplit) throws {
        guard let factors = split.factors else {
            throw StrataError(
                .data, "disentanglement needs true factors, and those of these \(split.count) examples are not known")
        }
        try self.init(Codes(model, of: split), factors)
    }
}

extension FactoredCodes.Factor {
    /// `nil` for a factor that has the same value everywhere.
    fileprivate init?(_ values: [Int]) {
        let present = Set(values).sorted()
        guard present.count > 1 else { return nil }
        let numbers = Dictionary(uniqueKeysWithValues: zip(present, present.indices))
        var counts = [Int](repeating: 0, count: present.count)
        self.values = values.map { value in
            let number = numbers[value] ?? 0
            counts[number] += 1
            return number
        }
        self.counts = counts
    }
}
