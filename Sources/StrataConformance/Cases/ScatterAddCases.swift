import StrataBackend

extension Conformance {
    /// Sums by row: duplicates, any order, strangers, none; from 0, and onto what is there.
    static let scatterAddCases: [KernelCase] = [
        scatter("in-order", rows: 37, width: 41, .words((0..<37).map { $0 }), count: 37),
        scatter("duplicates", rows: 5, width: 41, .whole(0, 4), count: 131),
        scatter("all-the-same", rows: 7, width: 13, .words([3]), count: 1031),
        scatter("backward", rows: 131, width: 3, .words((0..<131).reversed().map { $0 }), count: 131),
        scatter("sparse", rows: 2049, width: 5, .whole(0, 2048), count: 37),
        scatter("width-1", rows: 131, width: 1, .whole(0, 130), count: 1031),
        scatter("wide", rows: 11, width: 2049, .whole(0, 10), count: 37),
        scatter("out-of-range", rows: 7, width: 3, .words([-1, 7, 3, .max, .min, 0, 6]), count: 37),
        scatter("one-row", rows: 1, width: 131, .words([0]), count: 37),
        scatter("no-updates", rows: 37, width: 5, .words([0]), count: 0),
        scatter("no-width", rows: 37, width: 0, .words([0]), count: 5),
        scatter("no-rows", rows: 0, width: 5, .words([0]), count: 0),
        scatter("large", rows: 1031, width: 131, .whole(0, 1030), count: 2049),
        scatter("onto/duplicates", rows: 5, width: 41, .whole(0, 4), count: 131, accumulates: true),
        scatter("onto/sparse", rows: 2049, width: 100, .whole(0, 2048), count: 37, accumulates: true),
        scatter("onto/width-1", rows: 131, width: 1, .whole(0, 130), count: 1031, accumulates: true),
        scatter(
            "onto/out-of-range", rows: 7, width: 3, .words([-1, 7, 3, .max, .min, 0, 6]), count: 37, accumulates: true),
        scatter("onto/no-updates", rows: 37, width: 5, .words([0]), count: 0, accumulates: true),
        scatter("onto/large", rows: 1031, width: 131, .whole(0, 1030), count: 2049, accumulates: true),
    ]

    private static func scatter(
        _ name: String, rows: Int, width: Int, _ indices: Fill, count: Int, accumulates: Bool = false
    ) -> KernelCase {
        .build("scatter-add/\(name)") { b in
            let (which, updates) = (b.input(count, indices, .int32, shift: 1), b.input(count * width))
            let target =
                accumulates
                ? b.state(rows * width, .uniform(-1, 1), .sum(count)) : b.output(rows * width, .sum(count), shift: 3)
            return [
                .scatterAdd(
                    ScatterAdd(
                        target: target.array([rows, width]), indices: which.array([count]),
                        updates: updates.array([count, width]), accumulates: accumulates))
            ]
        }
    }
}
