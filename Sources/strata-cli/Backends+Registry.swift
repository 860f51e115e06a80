import StrataBLAS
import StrataBackend
import StrataOpenCL
import StrataReference
import StrataSIMD

extension BackendRegistry {
    /// The backends that this build of the command has.
    static let command: BackendRegistry = {
        var registry = BackendRegistry([SIMDBackend.self])
        #if BLAS
        registry.backends.append(BLASBackend.self)
        #endif
        #if OpenCL
        registry.backends.append(OpenCLBackend.self)
        #endif
        registry.backends.append(ReferenceBackend.self)
        return registry
    }()

    /// Backends that this build was made without, and the trait that brings each.
    static let leftOut: [(identifier: String, trait: String)] = {
        var names: [(String, String)] = []
        #if !BLAS
        names.append(("blas", "BLAS"))
        #endif
        #if !OpenCL
        names.append(("opencl", "OpenCL"))
        #endif
        return names
    }()
}
