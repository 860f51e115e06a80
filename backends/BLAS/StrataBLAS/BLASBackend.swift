#if BLAS
import CBLAS
public import StrataBackend
import StrataSIMD

/// OpenBLAS for products and LAPACK for decompositions; all else, epilogues included, is the SIMD backend's engine.
///
/// A product is cut into parts whose number depends on its shape alone, and each part is one single-threaded
/// `cblas_sgemm` on a thread of the engine: OpenBLAS's own threads start too slowly for the products of a small model,
/// and their number would change the results' last bits. For that the backend sets OpenBLAS's thread count, which is
/// one for the whole process, to 1, but for the time of a decomposition (`LibraryThreads`).
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

    /// `OpenBLAS 0.3.21 (Haswell)`, from what the library tells of itself: its version and whose kernels it uses.
    ///
    /// A processor that is younger than the library gets the oldest kernels there are, several times slower than need
    /// be; only the environment can change that, since the library chooses before the program begins.
    private static var version: String {
        let version = openblas_get_config().map {
            String(cString: $0).split(separator: " ").prefix(2).joined(separator: " ")
        }
        guard let core = openblas_get_corename().map({ String(cString: $0) }) else { return version ?? "OpenBLAS" }
        let better: String? =
            switch InstructionSet.best {
            case _ where core != "Prescott": nil
            case .baseline: nil
            case .avx2: "Haswell"
            case .avx512: "SkylakeX"
            }
        let hint = better.map { "; it does not know this processor, OPENBLAS_CORETYPE=\($0) is faster" } ?? ""
        return "\(version ?? "OpenBLAS") (\(core) kernels\(hint))"
    }
}
#endif
