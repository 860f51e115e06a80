import Strata

/// Points of the plane, about eight places on a circle, each place a class: [2] on [0, 1].
struct Ring {
    var training = 2000
    var test = 500

    static let entry = DataCatalog.Entry("mine", "2,500 points of the plane about eight places on a circle") {
        try Ring().dataSet(seed: $0.seed)
    }

    func dataSet(seed: UInt32) throws -> DataSet {
        try DataSet(name: "mine", train: split(training, seed, stream: 1), test: split(test, seed, stream: 2))
    }

    private func split(_ count: Int, _ seed: UInt32, stream: UInt32) throws -> DataSplit {
        // Every draw is a function of the seed, the split and the point's number.
        let key = Threefry.streamKey(seed: seed, step: 0, stream: stream)
        let places: [(x: Float, y: Float)] = [
            (0.9, 0.5), (0.78, 0.78), (0.5, 0.9), (0.22, 0.78), (0.1, 0.5), (0.22, 0.22), (0.5, 0.1), (0.78, 0.22),
        ]
        var (values, labels): ([Float], [Int32]) = ([], [])
        for point in 0..<count {
            let words = Threefry.block(key: key, counter: (UInt32(truncatingIfNeeded: point), 0))
            let (a, b) = (Threefry.uniform(words.0) - 0.5, Threefry.uniform(words.1) - 0.5)
            let place = point % places.count
            values += [places[place].x + 0.1 * a, places[place].y + 0.1 * b]
            labels.append(Int32(place))
        }
        return try DataSplit(
            dtype: .float32, exampleShape: [2], bytes: values.withUnsafeBytes(Array.init), count: count,
            labels: Labels(values: labels, classNames: (0..<places.count).map { "place \($0)" }))
    }
}
