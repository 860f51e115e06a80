import Strata

/// Calls of public functions with arguments that no one should give, each of which may give a result or a `StrataError`, and
/// nothing else.
///
/// A trap ends the whole test program: with STRATA_SWEEP=1 in the environment each call is named before it is made.
struct Sweep {
    /// Empty, negative, zero, right and huge numbers.
    static let numbers = [Int.min, -1, 0, 1, 3, 1 << 40, Int.max]
    static let reals: [Float] = [-.infinity, -1, 0, 0.5, 1e30, .infinity, .nan]
    static let arrays: [[Float]] = [[], [0], [.nan, 1, 2], [Float](repeating: 0.5, count: 12)]
    static let texts = ["", ".", "a.b", "\u{0}", "no such/path", String(repeating: "x", count: 5000)]
    /// Tensors of every rank, without elements, of whole numbers, and one that is invalid.
    static let tensors: [Tensor] = [
        .input("scalar", []), .input("empty", [0]), .input("row", [3]), .input("table", [4, 3]),
        .input("none", [0, 3]),
        .input("maps", [2, 3, 4, 4]), .input("tokens", [4], dtype: .int32), .input("bytes", [4, 3], dtype: .uint8),
        .input("huge", [1 << 40, 1 << 20]), .input("negative", [-1, 3]), .invalid("a mistake"),
    ]
    static let shapes: [Shape] = [[], [0], [3], [4, 3], [-1], [Int.max, 2], [1 << 20, 1 << 30], [2, 3, 4, 4]]

    private(set) var calls = 0
    /// What was thrown that is no `StrataError`, and errors without a message.
    private(set) var surprises: [String] = []

    private static let isLoud = environment("STRATA_SWEEP") != nil

    /// Makes a call.
    mutating func call(_ name: @autoclosure () -> String, _ body: () throws -> Any) {
        if Sweep.isLoud { print("sweep: \(name())") }
        calls += 1
        do {
            _ = try body()
        } catch let error as StrataError {
            if error.message.isEmpty { surprises.append("\(name()): an error without a message") }
        } catch {
            surprises.append("\(name()): \(type(of: error))")
        }
    }

    /// Makes a tensor and a graph of it.
    mutating func tensor(_ name: @autoclosure () -> String, _ body: () throws -> Tensor) {
        call(name()) { try Graph(outputs: [("y", body())]) }
    }
}
