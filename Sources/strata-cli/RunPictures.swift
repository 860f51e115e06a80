import StrataBackend
import StrataData
import StrataFiles
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
        guard RunPictures.canDraw(shape) else { return [] }
        var written: [String] = []
        func draw(_ name: String, columns: Int, _ examples: () throws -> [Float]) throws {
            do {
                let picture = try PictureGrid(columns: columns).picture(of: examples(), shape: Shape(shape))
                let path = try picture.write("\(folder.path)/\(name).png")
                written.append(String(path.dropFirst(folder.path.count + 1)))
            } catch let error as StrataError where error.kind == .unsupported {
                return
            }
        }
        try draw("samples", columns: 8) {
            try trained.sample(64, seed: seed, codesLike: data.train.values(0..<min(2000, data.train.count)))
        }
        let test = data.test.count > 0 ? data.test : data.train
        let originals = test.values(0..<min(32, test.count))
        try draw("reconstructions", columns: 8) {
            try RunPictures.interleaved(originals, trained.reconstruct(originals), width: trained.features, columns: 8)
        }
        return written
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
