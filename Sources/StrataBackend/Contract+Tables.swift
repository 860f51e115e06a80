extension Contract {
    /// Whether tables of 32-bit offsets can say where each group of the operands' dimensions lies.
    package var fitsTables: Bool {
        func fits(_ operand: Operand, _ groups: [Int]...) -> Bool {
            var strides = operand.access.strides[...]
            return groups.allSatisfy { group in
                defer { strides = strides.dropFirst(group.count) }
                return fitsTable(group, Array(strides.prefix(group.count)))
            }
        }
        return fits(lhs, batch, m, k) && fits(rhs, batch, k, n)
            && (epilogue.operands + stores.map(\.target)).allSatisfy { fits($0, batch, m, n) }
    }
}

/// Whether tables of 32-bit offsets reach every element, and are not too long.
package func fitsTable(_ extents: [Int], _ strides: [Int]) -> Bool {
    let reach = zip(extents, strides).reduce(0) {
        $0.saturatingAdding($1.0.saturatingMultiplied(by: abs($1.1)))
    }
    return reach <= Int32.max && extents.reduce(1) { $0.saturatingMultiplied(by: $1) } <= 1 << 26
}
