#if OpenCL
import StrataBackend

/// One kernel with everything it needs to run: what a kernel of a program becomes, or a part of one.
///
/// Launches of equal text share the compiled kernel. Numbers that do not shape the code (extents, offsets, strides
/// other than 0 and 1) are therefore arguments, so that a layer of another width costs no compilation.
struct Launch {
    struct Pointer: Hashable {
        /// Index into the program's slots, or `scratch`.
        var slot: Int
        var dtype: DType

        /// Memory of the executable, for what a kernel hands to the next one.
        static let scratch = -1
        /// The launch's `tables`.
        static let tables = -2
    }

    /// OpenCL C for a kernel that calls itself `NAME`.
    var text: String
    var pointers: [Pointer]
    var numbers: [Int]
    /// Offsets of elements that no stride leads to.
    var tables: [Int32]
    /// Whether the numbers are 64 bits wide.
    var isWide: Bool
    /// Work groups, and the work items of each.
    var groups: Int
    var groupSize: Int
    var scratchByteCount = 0
}
#endif
