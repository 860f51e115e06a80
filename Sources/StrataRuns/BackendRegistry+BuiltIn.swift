public import StrataBackend
import StrataReference
import StrataSIMD

extension BackendRegistry {
    /// The backends that need no C library: SIMD, and the reference.
    public static let builtIn = BackendRegistry([SIMDBackend.self, ReferenceBackend.self])
}
