import StrataBackend
public import StrataData
public import StrataTraining

/// Rows of numbers, one for each example: what the measures of a representation are functions of.
///
/// ```
/// let codes = try Codes(trained, of: data.test)
/// let sparseness = try Sparseness.hoyer(codes)
/// ```
public struct Codes: Sendable {
    /// [count, width], row-major, all finite.
    public let values: [Float]
    /// Latent dimensions: the units of the representation.
    public let width: Int
    /// The number of codes, one for each example; 0 where there are no values.
    public let count: Int

    /// Throws `shape` where the values are no rows of `width`, `notFinite` where one is not a number or infinite.
    public init(_ values: [Float], width: Int) throws {
        guard width > 0, values.count % width == 0 else {
            throw StrataError(.shape, "\(values.count) numbers are no codes of \(width)")
        }
        if let wrong = values.firstIndex(where: { !$0.isFinite }) {
            throw StrataError(.notFinite, "number \(wrong % width) of code \(wrong / width) is \(values[wrong])")
        }
        self.values = values
        self.width = width
        count = values.count / width
    }

    /// The examples of a split themselves.
    public init(examples split: DataSplit) throws {
        try self.init(split.values(0..<split.count), width: split.exampleShape.elementCount)
    }

    /// The codes that a model gives the examples of a split. Throws `unsupported` for a model without an encoder,
    /// `data` where there are no examples.
    public init(_ model: Predictor, of split: DataSplit) throws {
        guard split.count > 0 else { throw StrataError(.data, "there are no examples to encode") }
        let (codes, width) = try model.encode(split.values(0..<split.count))
        try self.init(codes, width: width)
    }

    /// What each layer of a model makes of the examples of a split, from the lowest hidden layer to the code, which for
    /// a model that is no `LayeredModel` is all there is. Throws as for the code alone.
    public static func layers(of model: Predictor, _ split: DataSplit) throws -> [(name: String, codes: Codes)] {
        guard split.count > 0 else { throw StrataError(.data, "there are no examples to encode") }
        return try model.layers(split.values(0..<split.count)).map { layer in
            (layer.name, try Codes(layer.values, width: layer.width))
        }
    }

    /// Throws `data` where there are fewer examples than a measure takes.
    func require(_ least: Int, for measure: String) throws {
        guard count >= least else {
            throw StrataError(.data, "\(measure) takes at least \(least) examples, and there are \(count)")
        }
    }

    // MARK: Units

    /// The numbers that vary over the examples. One that is the same for all, to the bit, says nothing of them.
    var varyingUnits: [Int] {
        var varies = [Bool](repeating: false, count: width)
        for row in stride(from: width, to: values.count, by: width) {
            for unit in 0..<width where values[row + unit] != values[unit] { varies[unit] = true }
        }
        return varies.indices.filter { varies[$0] }
    }

    /// One number of every code: [count].
    func unit(_ unit: Int) -> [Float] { (0..<count).map { values[$0 * width + unit] } }

    /// The mean and the variance of each unit over the examples (divided by their number), in two passes: one would
    /// lose a variance that is small beside the mean.
    func moments() -> (means: [Double], variances: [Double]) {
        let rows = Double(max(count, 1))
        var sums = [Double](repeating: 0, count: width)
        for row in stride(from: 0, to: values.count, by: width) {
            for unit in 0..<width { sums[unit] += Double(values[row + unit]) }
        }
        let means = sums.map { $0 / rows }
        var squares = [Double](repeating: 0, count: width)
        for row in stride(from: 0, to: values.count, by: width) {
            for unit in 0..<width {
                let deviation = Double(values[row + unit]) - means[unit]
                squares[unit] += deviation * deviation
            }
        }
        return (means, squares.map { $0 / rows })
    }

    /// Every unit about its mean, and all of them divided by one number that makes their mean square 1, so that no
    /// product of theirs is out of a float's range; `nil` where nothing varies. Directions, angles and ratios of
    /// distances are what they were.
    func centred() -> Codes? {
        guard !varyingUnits.isEmpty else { return nil }
        let (means, variances) = moments()
        let scale = (variances.reduce(0, +) / Double(width)).squareRoot()
        guard scale > 0 else { return nil }
        var centred = values
        for row in stride(from: 0, to: values.count, by: width) {
            for unit in 0..<width { centred[row + unit] = Float((Double(values[row + unit]) - means[unit]) / scale) }
        }
        return Codes(values: centred, width: width, count: count)
    }

    /// Each number changed on its own, by its unit and its value.
    func mapped(_ change: (_ unit: Int, _ value: Float) -> Float) -> Codes {
        var changed = values
        for position in changed.indices { changed[position] = change(position % width, changed[position]) }
        return Codes(values: changed, width: width, count: count)
    }

    /// The squared Euclidean distance of a row from a row of other codes, from differences in double precision.
    func squaredDistance(_ row: Int, _ others: Codes, _ other: Int) -> Double {
        var sum = 0.0
        for unit in 0..<width {
            let difference = Double(values[row * width + unit]) - Double(others.values[other * width + unit])
            sum += difference * difference
        }
        return sum
    }

    private init(values: [Float], width: Int, count: Int) {
        self.values = values
        self.width = width
        self.count = count
    }

    /// The rows at these positions, in this order.
    func rows(_ positions: [Int]) -> Codes {
        var picked: [Float] = []
        picked.reserveCapacity(positions.count * width)
        for position in positions { picked += values[position * width..<(position + 1) * width] }
        return Codes(values: picked, width: width, count: positions.count)
    }
}
