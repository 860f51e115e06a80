import StrataBackend
import StrataData
import StrataFiles
import StrataModels
import StrataTraining

/// The pictures of a run: what the model makes up, what it makes of examples, how its loss fell.
struct RunPictures {
    let folder: RunFolder
    /// The shape of an example; only pictures can be drawn.
    let shape: [Int]
    let seed: UInt32

    init(folder: RunFolder, shape: [Int], seed: UInt32) throws {
        self.folder = folder
        self.shape = shape
        self.seed = seed
    }

    /// Writes those that the model and the data allow, and returns their names.
    func write(_ trained: TrainedModel, _ data: DataSet) throws -> [String] {
        let test = data.test.count > 0 ? data.test : data.train
        let codes = try drawCodes(trained, of: test)
        guard RunPictures.canDraw(shape) else { return [codes].compactMap { $0 } }
        let samples = try draw("samples", columns: 8) {
            try trained.sample(64, seed: seed, codesLike: data.train.values(0..<min(2000, data.train.count)))
        }
        let originals = try test.values(0..<min(32, test.count))
        let reconstructions = try draw("reconstructions", columns: 8) {
            try RunPictures.interleaved(originals, trained.reconstruct(originals), width: trained.features, columns: 8)
        }
        return [samples, reconstructions, codes].compactMap { $0 }
    }

    /// Draws where examples lie, each in the colour of its class, if two numbers tell; returns the file's name.
    private func drawCodes(_ trained: TrainedModel, of test: DataSplit) throws -> String? {
        guard trained.model is any EncodingModel, try trained.encode(test.values(0..<min(1, test.count))).codeSize == 2
        else { return nil }
        let shown = 0..<min(2000, test.count)
        let codes = try trained.encode(test.values(shown)).codes.map(Double.init)
        let labels = test.labels
        var groups: [(name: String, points: [ScatterPlot.Point])] = (labels?.classNames ?? [""]).map { ($0, []) }
        for i in shown { groups[labels.map { Int($0.values[i]) } ?? 0].points.append((codes[2 * i], codes[2 * i + 1])) }
        try AtomicFile.write("\(folder.path)/codes.svg", Array(ScatterPlot(title: folder.path, groups: groups).svg.utf8))
        return "codes.svg"
    }

    /// The name of a picture's file; `nil` for one that the model cannot give.
    private func draw(_ name: String, columns: Int, _ examples: () throws -> [Float]) throws -> String? {
        do {
            let picture = try PictureGrid(columns: columns).picture(of: examples(), shape: Shape(shape))
            return String(try picture.write("\(folder.path)/\(name).png").dropFirst(folder.path.count + 1))
        } catch let error as StrataError where error.kind == .unsupported {
            return nil
        }
    }

    // MARK: What was learned

    /// Numbers of a code that are shown.
    private static let (shownFilters, shownUnits) = (64, 12)
    private static let traversalSteps = 9

    /// Draws what the model learned, as far as it allows, and tells of all pictures that the folder has.
    func writeLearned(_ trained: TrainedModel, _ data: DataSet) throws -> [EvaluationReport.Picture] {
        if shape == [2] {
            try writeField(trained, data)
        }
        _ = try write(trained, data)
        if RunPictures.canDraw(shape) {
            let examples = try data.train.values(0..<min(1000, data.train.count))
            _ = try draw("filters", columns: 8) {
                contrasted(try trained.receptiveFields(at: mean(examples), count: RunPictures.shownFilters))
            }
            _ = try draw("traversals", columns: RunPictures.traversalSteps) {
                try trained.traversals(around: examples, units: RunPictures.shownUnits, steps: RunPictures.traversalSteps)
            }
        }
        return RunPictures.known.compactMap { name, title, caption in
            let path = "\(folder.path)/\(name)"
            return FileBytes.kind(path) == .file ? .init(title: title, caption: caption, path: path) : nil
        }
    }

    private static let known = [
        ("samples.png", "Samples", "What the model makes up."),
        ("reconstructions.png", "Reconstructions", "Rows of test examples, each above what is left of them after their codes."),
        ("codes.svg", "Codes", "Where test examples lie in the plane of their codes, each in the colour of its class."),
        ("filters.png", "Filters", "What raises (white) and lowers (black) each number of the code, at the mean example."),
        ("traversals.png", "Units", "Rows: a number of the code from two deviations below its mean to two above, decoded."),
        ("field.svg", "Vector field", "Where the model moves each place; the examples are orange, its samples green."),
        ("loss.svg", "Training", "How the loss went."),
    ]

    /// Each of some fields about grey, as strong as its strongest value allows.
    private func contrasted(_ fields: [Float]) -> [Float] {
        let width = shape.reduce(1, *)
        return stride(from: 0, to: fields.count, by: width).flatMap { start in
            let field = fields[start..<start + width]
            let most = field.reduce(0) { max($0, abs($1)) }
            return field.map { most > 0 ? 0.5 + 0.5 * $0 / most : 0.5 }
        }
    }

    private func mean(_ examples: [Float]) -> [Float] {
        let width = shape.reduce(1, *)
        var mean = [Float](repeating: 0, count: width)
        for (position, value) in examples.enumerated() { mean[position % width] += value / Float(examples.count / width) }
        return mean
    }

    /// For examples that are points of the plane.
    private func writeField(_ trained: TrainedModel, _ data: DataSet) throws {
        func points(_ values: [Float]) -> [VectorField.Point] {
            stride(from: 0, to: values.count - 1, by: 2).map { (Double(values[$0]), Double(values[$0 + 1])) }
        }
        func ifPossible(_ values: () throws -> [Float]) throws -> [Float] {
            do { return try values() } catch let error as StrataError where error.kind == .unsupported { return [] }
        }
        let examples = try data.train.values(0..<min(2000, data.train.count))
        let places = VectorField.grid(24)
        let moved = try ifPossible { try trained.reconstruct(places) }
        let made = try ifPossible { try trained.sample(500, seed: seed, codesLike: examples) }
        let field = VectorField(
            title: folder.path, points: points(examples), made: points(made),
            arrows: zip(points(places), points(moved)).map { ($0, $1) })
        try AtomicFile.write("\(folder.path)/field.svg", Array(field.svg.utf8))
    }

    /// Whether examples of that shape are pictures: grey, or with one or three channels.
    static func canDraw(_ shape: [Int]) -> Bool {
        shape.count == 2 || (shape.count == 3 && [1, 3].contains(shape[0]))
    }

    /// Rows of originals, each with the row of its reconstructions beneath.
    static func interleaved(_ a: [Float], _ b: [Float], width: Int, columns: Int) -> [Float] {
        stride(from: 0, to: a.count, by: width * columns).flatMap { start -> [Float] in
            let end = min(start + width * columns, a.count)
            // A short last row is filled up, so that its reconstructions begin a row too.
            let filling = [Float](repeating: 0, count: width * columns - (end - start))
            return a[start..<end] + filling + b[start..<end] + filling
        }
    }

    /// Draws the first metric, which is the one that was learned by, over the epochs.
    func writeLoss(_ records: [JSONValue]) throws -> [String] {
        guard case .object(let metrics)? = records.last?["train"] else { return [] }
        let preferred = ["elbo", "cross_entropy", "reconstruction_error", "generator_loss", "squared_error"]
        guard let name = preferred.first(where: { metrics[$0] != nil }) ?? metrics.keys.sorted().first else { return [] }
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
                LossChart.Series("test", points: points("test")),
            ])
        try AtomicFile.write("\(folder.path)/loss.svg", Array(chart.svg.utf8))
        return ["loss.svg"]
    }
}
