public import StrataBackend
import StrataReference
import StrataSIMD

extension BackendRegistry {
    /// The backends that need no C library: SIMD, and the reference.
    public static let builtIn = BackendRegistry([SIMDBackend.self, ReferenceBackend.self])

    /// The backends of a registry and more; one of the same identifier takes the place of that before it.
    public static func + (registry: BackendRegistry, more: [any Backend.Type]) -> BackendRegistry {
        let replaced = Set(more.map { $0.identifier })
        return BackendRegistry(registry.backends.filter { !replaced.contains($0.identifier) } + more)
    }
}
