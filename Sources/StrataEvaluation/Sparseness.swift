/// How few of the units are active at a time, from 0, where all are equally, to 1, where one is alone.
///
/// Measured on magnitudes, so that codes with signs have a sparseness too. An example that leaves all units silent, and
/// a unit that is always silent, is neither sparse nor dense and is left out of the mean; where nothing is left, and
/// among fewer than two numbers, the sparseness is 0.
public struct Sparseness: Sendable, Hashable {
    /// Of the units in response to an example; the mean over examples.
    public var population: Double
    /// Of the examples that a unit responds to; the mean over units.
    public var lifetime: Double

    /// (√n − ‖x‖₁ / ‖x‖₂) / (√n − 1) of n numbers (Hoyer, "Non-negative matrix factorization with sparseness
    /// constraints", 2004). Throws `data` for fewer than 2 examples.
    public static func hoyer(_ codes: Codes) throws -> Sparseness {
        try Sparseness(of: codes) { norms, count in
            let root = Double(count).squareRoot()
            return (root - norms.sum / norms.squares.squareRoot()) / (root - 1)
        }
    }

    /// (1 − a) / (1 − 1/n) of n numbers, with a = (Σ|x| / n)² / (Σx² / n) from Rolls and Treves, "The relative
    /// advantages of sparse versus distributed encoding for associative neuronal networks in the brain", 1990, and the
    /// scale of Vinje and Gallant, "Sparse coding and decorrelation in primary visual cortex during natural vision",
    /// 2000. Throws `data` for fewer than 2 examples.
    public static func trevesRolls(_ codes: Codes) throws -> Sparseness {
        try Sparseness(of: codes) { norms, count in
            let n = Double(count)
            return (1 - norms.sum * norms.sum / (n * norms.squares)) / (1 - 1 / n)
        }
    }

    /// ‖x‖₁ and ‖x‖₂².
    private struct Norms {
        var sum = 0.0
        var squares = 0.0

        mutating func add(_ value: Float) {
            let magnitude = Double(value.magnitude)
            sum += magnitude
            squares += magnitude * magnitude
        }
    }

    private init(of codes: Codes, _ sparseness: (Norms, Int) -> Double) throws {
        try codes.require(2, for: "sparseness")
        var examples = [Norms](repeating: Norms(), count: codes.count)
        var units = [Norms](repeating: Norms(), count: codes.width)
        for row in 0..<codes.count {
            for unit in 0..<codes.width {
                let value = codes.values[row * codes.width + unit]
                examples[row].add(value)
                units[unit].add(value)
            }
        }
        func mean(_ norms: [Norms], of count: Int) -> Double {
            let active = norms.filter { $0.squares > 0 }
            guard count > 1, !active.isEmpty else { return 0 }
            // Rounding may put equal numbers a hair below 0.
            return active.reduce(0) { $0 + min(max(sparseness($1, count), 0), 1) } / Double(active.count)
        }
        population = mean(examples, of: codes.width)
        lifetime = mean(units, of: codes.count)
    }
}
