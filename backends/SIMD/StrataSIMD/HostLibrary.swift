public import StrataBackend

/// Work of a library on the host, bound to its operands: `body` is called once for every task, maybe by several threads
/// at once. (It is no `@Sendable` closure as it captures pointers; that its tasks touch disjoint memory makes it safe.)
public struct HostWork: @unchecked Sendable {
    /// The number of parts, each of which is one call of `body` and may run on a thread of its own.
    public var taskCount: Int
    /// Does part `task`, counted from 0; called anew at each run of the program.
    public var body: (_ task: Int) -> Void

    /// Work in `taskCount` parts, one unless told otherwise, that may be done in any order.
    public init(taskCount: Int = 1, body: @escaping (_ task: Int) -> Void) {
        self.taskCount = taskCount
        self.body = body
    }
}

/// A library of the host that takes over parts of the engine's work, which is how `StrataBLAS` is made. (What it does
/// not take the engine does itself.)
///
/// A backend on top of this engine is a class that holds a `SIMDBackend` started with a library, and forwards.
public protocol HostLibrary: Sendable {
    /// What computes the product of matrices into `result`, dense [batch, m, n]; the engine runs the epilogue on
    /// it then. The pointers are to the operands' element at index zero. `nil` leaves the product to the engine.
    func product(
        _ product: MatrixProduct, lhs: UnsafePointer<Float>, rhs: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>
    ) -> HostWork?

    /// Whether `decomposition` does this one.
    func supports(_ decompose: Decompose) -> Bool

    /// What computes a decomposition of dense matrices. The inputs stay as they are.
    func decomposition(
        _ decompose: Decompose, inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>
    ) throws -> HostWork
}
