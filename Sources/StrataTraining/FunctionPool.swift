import StrataBackend
import StrataCompiler

/// Prepared graphs that calls take while they run and give back, each with an arena, inputs and outputs of its own.
///
/// A call that finds all of a kind in use makes another one, so a pool grows to as many as were ever wanted at once.
final class FunctionPool: Sendable {
    private let free = Locked([String: [Function]]())

    /// Runs a body that has a function of a kind to itself.
    func withFunction<Result>(
        _ kind: String, make: () throws -> Function, _ body: (Function) throws -> Result
    ) throws -> Result {
        let function = try free.withLock { $0[kind]?.popLast() } ?? make()
        defer { free.withLock { $0[kind, default: []].append(function) } }
        return try body(function)
    }
}
