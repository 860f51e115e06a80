import StrataBackend
import StrataKernelInterface

extension TapeEncoder {
    /// Makes one instruction of a sum and of what that sum alone uses: each instruction less saves a pass over registers
    /// in memory. (Sums of two products stay two instructions: Adam's moments with `a·b + c·d` in one took
    /// 3 to 5 % less time in a product of 784×400, but 2 to 14 % more in one of 400×784.)
    mutating func fuseProducts(keeping results: [Int]) {
        var useCount = [Int](repeating: 0, count: items.count)
        for result in results { useCount[result] += 1 }
        for item in items { for use in item.uses { useCount[use] += 1 } }

        func isFusible(_ value: Int, into sum: Int) -> Bool {
            useCount[value] == 1 && items[value].variation == items[sum].variation
        }
        func isProduct(_ value: Int, into sum: Int) -> Bool {
            guard case .binary(.multiply) = items[value].instruction.opcode else { return false }
            return isFusible(value, into: sum)
        }
        // The factor that is the same all over a tile, if one is, comes second.
        func factors(_ product: Int) -> [Int] {
            let uses = items[product].uses
            return items[uses[0]].variation < items[uses[1]].variation ? uses.reversed() : uses
        }

        for i in items.indices {
            guard case .binary(let f) = items[i].instruction.opcode, f == .add || f == .subtract else { continue }
            let (a, b) = (items[i].uses[0], items[i].uses[1])
            if f == .subtract, case .binary(.divide) = items[b].instruction.opcode, isFusible(b, into: i),
                isProduct(items[b].uses[0], into: i)
            {
                items[i] = combined(.fused(.subtractQuotient), [a, items[b].uses[1]] + factors(items[b].uses[0]))
            } else if isProduct(b, into: i) {
                items[i] = combined(.fused(f == .add ? .multiplyAdd : .subtractProduct), factors(b) + [a])
            } else if isProduct(a, into: i) {
                items[i] = combined(.fused(f == .add ? .multiplyAdd : .multiplySubtract), factors(a) + [b])
            }
            guard case .fused(.multiplyAdd) = items[i].instruction.opcode else { continue }
            let (x, y, z) = (items[i].uses[0], items[i].uses[1], items[i].uses[2])
            if case .unary(.squareRoot) = items[x].instruction.opcode, isFusible(x, into: i) {
                items[i] = combined(.fused(.rootMultiplyAdd), items[x].uses + [y, z])
            }
        }
    }
}
