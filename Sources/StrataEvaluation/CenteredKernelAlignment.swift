public import StrataBackend

/// How alike two representations of the same examples are, up to a rotation and a scale: linear centred kernel
/// alignment (Kornblith, Norouzi, Lee and Hinton, "Similarity of neural network representations revisited", 2019).
///
/// ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) of codes about their means: 1 where one is the other rotated and scaled, near 0 for
/// unrelated codes of many more examples than units; of few examples it tends to be too high. Codes that never vary are
/// like nothing: 0.
public enum CenteredKernelAlignment {
    /// Throws `data` for fewer than 2 examples, `shape` where the two have different numbers of examples.
    public static func linear(_ first: Codes, _ second: Codes, backend: any Backend) throws -> Double {
        try linear([first], [second], backend: backend)[0][0]
    }

    /// Of each of the first, a row, with each of the second.
    ///
    /// Time grows with the examples, and with the product of all the units of the first and all the units of the
    /// second.
    public static func linear(_ first: [Codes], _ second: [Codes], backend: any Backend) throws -> [[Double]] {
        let all = first + second
        for codes in all { try codes.require(2, for: "centred kernel alignment") }
        if let other = all.first(where: { $0.count != all[0].count }) {
            throw StrataError(
                .shape,
                "codes of \(all[0].count) and of \(other.count) examples cannot be compared: they must be of the same")
        }
        let products = CrossProducts(backend)
        func prepared(_ codes: Codes) throws -> (codes: Codes, norm: Double)? {
            try codes.centred().map { ($0, try products.squaredNorm($0, $0).squareRoot()) }
        }
        let (rows, columns) = (try first.map(prepared), try second.map(prepared))
        return try rows.map { row in
            try columns.map { column in
                guard let row, let column else { return 0 }
                return min(try products.squaredNorm(row.codes, column.codes) / (row.norm * column.norm), 1)
            }
        }
    }
}
