public import StrataBackend

extension GraphCase: ConformanceCase {
    public var modes: [ConformanceMode] { derivatives > 0 ? [.correctness, .gradient] : [.correctness] }

    /// Never split: what a backend does not take, the compiler runs elsewhere, and that is part of the question.
    public func run(_ mode: ConformanceMode, on backend: any Backend) throws -> ConformanceOutcome {
        guard mode == .gradient else { return try checkValue(on: backend).map { .failed($0) } ?? .passed }
        for order in 1...max(derivatives, 1) {
            if let difference = try checkGradient(order: order, on: backend) {
                return .failed("gradient of order \(order): \(difference)")
            }
        }
        return .passed
    }
}
