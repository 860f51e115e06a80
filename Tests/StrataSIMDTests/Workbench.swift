import StrataBackend
import StrataReference

@testable import StrataSIMD

extension InstructionSet {
    /// Those that this machine can run.
    static var runnable: [InstructionSet] { allCases.filter { $0.rawValue <= best.rawValue } }

    func backend(threads: Int = 1) throws -> SIMDBackend {
        try SIMDBackend(configuration: BackendConfiguration(threads: threads), instructionSet: self)
    }
}

/// Row-major float32 access over extents.
func dense(_ slot: Int, _ extents: [Int], offset: Int = 0) -> Operand {
    Operand(slot: slot, dtype: .float32, offset: offset, strides: Shape(extents).strides)
}
