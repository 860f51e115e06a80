#if BLAS
import CBLAS
public import StrataBackend
import StrataSIMD

/// OpenBLAS for products and LAPACK for decompositions; all else, epilogues included, is the SIMD backend's engine.
///
/// A product is cut into parts whose number depends on its shape alone, and each part is one single-threaded
/// `cblas_sgemm` on a thread of the engine: OpenBLAS's own threads start too slowly for the products of a small model,
/// and their number would change the results' last bits. For that the backend sets OpenBLAS's thread count, which is
/// one for the whole process, to 1, but for the time of a decomposition.
public final class BLASBackend: Backend {
    public static let identifier = "blas"

    private let engine: SIMDBackend

    public static func probe() -> Availability {
        switch SIMDBackend.probe() {
        case .available(let device): .available("\(version), \(device)")
        case .unavailable(let reason): .unavailable(reason)
        }
    }

    public init(configuration: BackendConfiguration) throws {
        openblas_set_num_threads(1)
        let threads = configuration.threads ?? SIMDBackend.processorCount
        engine = try SIMDBackend(configuration: configuration, library: OpenBLAS(threadCount: threads))
    }

    public var deviceDescription: String { "\(Self.version), \(engine.deviceDescription)" }

    public func supports(_ kernel: Kernel) -> Bool { engine.supports(kernel) }

    public func makeBuffer(byteCount: Int) throws -> any Buffer { try engine.makeBuffer(byteCount: byteCount) }

    public func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        try engine.prepare(program, buffers: buffers)
    }

    public func synchronize() throws { try engine.synchronize() }

    /// `OpenBLAS 0.3.21`, from the configuration that the library tells.
    private static var version: String {
        guard let text = openblas_get_config() else { return "OpenBLAS" }
        return String(cString: text).split(separator: " ").prefix(2).joined(separator: " ")
    }
}
#endif
