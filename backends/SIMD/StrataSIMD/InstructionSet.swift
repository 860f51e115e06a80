import CCPU
import StrataBackend
import StrataKernelInterface
import StrataKernelsAVX2
import StrataKernelsAVX512
import StrataKernelsBaseline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The instruction sets that the kernels are compiled for, from the least to the best.
package enum InstructionSet: Int, CaseIterable, Sendable {
    case baseline, avx2, avx512

    /// The best that processor and operating system support.
    package static var best: InstructionSet {
        InstructionSet(rawValue: Int(strata_cpu_level())) ?? .baseline
    }

    /// The best, or what the environment variable `STRATA_SIMD_LEVEL` names (`baseline`, `avx2` or `avx512`) if that
    /// is less: to compare them, or to find out which one a wrong result comes from. It is read whenever a backend
    /// starts.
    package static func chosen() throws -> InstructionSet {
        guard let value = getenv("STRATA_SIMD_LEVEL") else { return best }
        let name = String(cString: value)
        guard let wanted = allCases.first(where: { "\($0)" == name }) else {
            let known = allCases.map { "\($0)" }.joined(separator: ", ")
            throw StrataError(.usage, "STRATA_SIMD_LEVEL is '\(name)': set it to one of \(known), or unset it")
        }
        return wanted.rawValue < best.rawValue ? wanted : best
    }

    var kernels: KernelTable {
        switch self {
        case .baseline: StrataKernelsBaseline.kernels()
        case .avx2: StrataKernelsAVX2.kernels()
        case .avx512: StrataKernelsAVX512.kernels()
        }
    }

    /// The name in reports.
    var title: String {
        switch self {
        case .baseline: "128-bit vectors"
        case .avx2: "AVX2"
        case .avx512: "AVX-512"
        }
    }
}
