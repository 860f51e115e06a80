import StrataBackend
public import StrataData
import StrataEvaluation
public import StrataModels
public import StrataTraining

/// The images of a run: samples, reconstructions, codes, and the course of its loss.
public struct RunImages {
    let folder: RunFolder
    /// The shape of an example; only images can be drawn.
    let shape: [Int]
    let seed: UInt32
    let codecs: Codecs

    /// Images for a folder, of examples of a shape; without a codec for PNG they are written as PGM and PPM.
    public init(folder: RunFolder, shape: [Int], seed: UInt32, codecs: Codecs = .none) {
        self.folder = folder
        self.shape = shape
        self.seed = seed
        self.codecs = codecs
    }

    /// Writes those that the model and the data allow, and returns their names.
    public func write(_ predictor: Predictor, _ data: DataSet) throws -> [String] {
        let test = data.test.count > 0 ? data.test : data.train
        let codes = try drawCodes(predictor, of: test)
        guard RunImages.canDraw(shape) else { return [codes].compactMap { $0 } }
        let samples = try draw("samples", columns: 8) {
            try predictor.sample(64, seed: seed, codesLike: data.train.values(0..<min(2000, data.train.count)))
        }
        let shown = predictor.model is any TranslationModel ? "pairs" : "reconstructions"
        let restorations = try draw(shown, columns: 8) {
            try Restorations(predictor, of: test, 0..<min(32, test.count)).rows(width: predictor.features, columns: 8)
        }
        return [samples, restorations, codes].compactMap { $0 }
    }

    /// Draws where examples lie, each in the colour of its class, if two numbers tell; returns the file's name.
    private func drawCodes(_ predictor: Predictor, of test: DataSplit) throws -> String? {
        guard predictor.model is any EncodingModel,
            try predictor.encode(test.values(0..<min(1, test.count))).codeSize == 2
        else { return nil }
        let shown = 0..<min(2000, test.count)
        let codes = try predictor.encode(test.values(shown)).codes.map(Double.init)
        let labels = test.labels
        var groups: [(name: String, points: [ScatterPlot.Point])] = (labels?.classNames ?? [""]).map { ($0, []) }
        for i in shown { groups[labels.map { Int($0.values[i]) } ?? 0].points.append((codes[2 * i], codes[2 * i + 1])) }
        try AtomicFile.write(
            "\(folder.path)/codes.svg", Array(ScatterPlot(title: folder.path, groups: groups).svg.utf8))
        return "codes.svg"
    }

    /// The name of an image's file; `nil` for one that the model cannot give.
    private func draw(_ name: String, columns: Int, _ examples: () throws -> [Float]) throws -> String? {
        do {
            let image = try ImageGrid(columns: columns).image(of: examples(), shape: Shape(shape))
            return String(
                try image.write("\(folder.path)/\(name).png", codecs: codecs).dropFirst(folder.path.count + 1))
        } catch let error as StrataError where error.kind == .unsupported {
            return nil
        }
    }

    // MARK: What was learned

    /// Numbers of a code that are shown.
    private static let (shownFilters, shownUnits) = (64, 12)
    private static let traversalSteps = 9

    /// Draws what the model learned, as far as it allows, and returns what a page can show: PNG and SVG.
    public func writeLearned(_ predictor: Predictor, _ data: DataSet) throws -> [EvaluationReport.Image] {
        // Files of the same names may be left from before.
        var drawn: [String?] = ["loss.svg"]
        if shape == [2] {
            try writeField(predictor, data)
            drawn.append("field.svg")
        }
        drawn += try write(predictor, data)
        if RunImages.canDraw(shape) {
            let examples = try data.train.values(0..<min(1000, data.train.count))
            drawn.append(
                try draw("filters", columns: 8) {
                    contrasted(try predictor.receptiveFields(at: mean(examples), count: RunImages.shownFilters))
                })
            drawn.append(
                try draw("traversals", columns: RunImages.traversalSteps) {
                    guard predictor.model is any EncodingModel, predictor.model is any DecodingModel else {
                        throw StrataError(.unsupported, "units take an encoder and a decoder")
                    }
                    let space = try LatentSpace(predictor)
                    let codes = try space.encode(examples)
                    return try space.decode(
                        LatentSpace.traversals(
                            of: codes, units: min(RunImages.shownUnits, codes.width), steps: RunImages.traversalSteps,
                            deviations: 2))
                })
        }
        return RunImages.known.compactMap { name, title, caption in
            let path = "\(folder.path)/\(name)"
            guard drawn.contains(name), FileBytes.kind(path) == .file else { return nil }
            return .init(title: title, caption: caption, path: path)
        }
    }

    private static let known = [
        ("samples.png", "Samples", "New examples, drawn from the model."),
        ("reconstructions.png", "Reconstructions", "Rows of test examples, each above its reconstructions."),
        (
            "pairs.png", "Pairs",
            "Rows of sources, each above what the model makes of them and the test examples that they belong to."
        ),
        ("codes.svg", "Codes", "Where test examples lie in the plane of their codes, each in the colour of its class."),
        (
            "filters.png", "Filters",
            "What raises (white) and lowers (black) each number of the code, at the mean example."
        ),
        (
            "traversals.png", "Units",
            "Rows: a number of the code from two standard deviations below its mean to two above, decoded."
        ),
        ("field.svg", "Vector field", "Where the model moves each place; the examples are orange, its samples green."),
        ("loss.svg", "Training", "The loss, epoch by epoch."),
    ]

    /// Each of some fields about gray, as strong as its strongest value allows.
    private func contrasted(_ fields: [Float]) -> [Float] {
        let width = shape.product
        return stride(from: 0, to: fields.count, by: width).flatMap { start in
            let field = fields[start..<start + width]
            let most = field.reduce(0) { max($0, abs($1)) }
            return field.map { most > 0 ? 0.5 + 0.5 * $0 / most : 0.5 }
        }
    }

    private func mean(_ examples: [Float]) -> [Float] {
        let width = shape.product
        var mean = [Float](repeating: 0, count: width)
        for (position, value) in examples.enumerated() {
            mean[position % width] += value / Float(examples.count / width)
        }
        return mean
    }

    /// For examples that are points of the plane.
    private func writeField(_ predictor: Predictor, _ data: DataSet) throws {
        func points(_ values: [Float]) -> [VectorField.Point] {
            stride(from: 0, to: values.count - 1, by: 2).map { (Double(values[$0]), Double(values[$0 + 1])) }
        }
        func ifPossible(_ values: () throws -> [Float]) throws -> [Float] {
            do { return try values() } catch let error as StrataError where error.kind == .unsupported { return [] }
        }
        let examples = try data.train.values(0..<min(2000, data.train.count))
        let places = VectorField.grid(24)
        let moved = try ifPossible { try predictor.reconstruct(places) }
        let made = try ifPossible { try predictor.sample(500, seed: seed, codesLike: examples) }
        let field = VectorField(
            title: folder.path, points: points(examples), made: points(made),
            arrows: zip(points(places), points(moved)).map { ($0, $1) })
        try AtomicFile.write("\(folder.path)/field.svg", Array(field.svg.utf8))
    }

    /// Whether examples of that shape are images: grayscale, or with one or three channels.
    public static func canDraw(_ shape: [Int]) -> Bool {
        shape.count == 2 || (shape.count == 3 && [1, 3].contains(shape[0]))
    }

    /// Rows of the first of some arrays, each with the rows of the others beneath: as many examples of `width` values in
    /// each.
    public static func interleaved(_ parts: [[Float]], width: Int, columns: Int) throws -> [Float] {
        let count = parts.first?.count ?? 0
        guard parts.allSatisfy({ $0.count == count }), width > 0, columns > 0 else {
            throw StrataError(
                .shape,
                "\(parts.map { "\($0.count)" }.joined(separator: " and ")) numbers do not make \(columns) examples of"
                    + " \(width) in a row")
        }
        // A row is no longer than all of them.
        let row = width.saturatingMultiplied(by: min(columns, max((count - 1) / width + 1, 1)))
        return stride(from: 0, to: count, by: row).flatMap { start -> [Float] in
            let end = min(start + row, count)
            // A short last row is filled up, so that those beneath begin a row too.
            let filling = [Float](repeating: 0, count: row - (end - start))
            return parts.flatMap { $0[start..<end] + filling }
        }
    }

    /// Draws the model's criterion, or another metric of its training, over the epochs; returns the names of the files.
    public func writeLoss(_ records: [JSONValue], _ criterion: Criterion) throws -> [String] {
        guard case .object(let metrics)? = records.last?["train"] else { return [] }
        guard let name = metrics[criterion.metric] != nil ? criterion.metric : metrics.keys.sorted().first else {
            return []
        }
        let points = { (split: String) in
            records.compactMap { record -> (x: Double, y: Double)? in
                guard let epoch = record["epoch"]?.number, let value = record[split]?[name]?.number else { return nil }
                return (epoch, value)
            }
        }
        let chart = LossChart(
            title: folder.path, yLabel: name,
            series: [
                LossChart.Series("train", points: points("train")),
                LossChart.Series("validation", points: points("validation")),
                LossChart.Series("test", points: points("test")),
            ].filter { !$0.points.isEmpty })
        try AtomicFile.write("\(folder.path)/loss.svg", Array(chart.svg.utf8))
        return ["loss.svg"]
    }
}
