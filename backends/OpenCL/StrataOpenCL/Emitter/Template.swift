#if OpenCL
import StrataBackend

/// The .cl files of the package, which the build carries inside the binary.
enum Template {
    static let prelude = text(PackageResources.prelude_cl)
    static let lanes = text(PackageResources.lanes_cl)
    static let memory = text(PackageResources.memory_cl)
    static let map = text(PackageResources.map_cl)
    static let reduceAlong = text(PackageResources.reduce_along_cl)
    static let reduceAcross = text(PackageResources.reduce_across_cl)
    static let scatter = text(PackageResources.scatter_cl)
    static let contractLanes = text(PackageResources.contract_lanes_cl)
    static let contractTiles = text(PackageResources.contract_tiles_cl)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// A program of these kernels, which are named `kernel0`, `kernel1`, … in their order.
    static func program(_ kernels: [String], lanes: Int) -> String {
        var parts = [prelude]
        for width in lanes == 1 ? [1] : [1, lanes] {
            parts.append("#undef LANES\n#define LANES \(width)\n" + Template.lanes)
            for dtype in DType.allCases {
                parts.append("#define T \(dtype.openCLName)\n" + memory + "\n#undef T")
            }
        }
        for (position, text) in kernels.enumerated() {
            parts.append("#define NAME kernel\(position)\n\(text)\n#undef NAME")
        }
        return parts.joined(separator: "\n")
    }
}
#endif
