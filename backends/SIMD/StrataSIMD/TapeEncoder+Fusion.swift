import StrataBackend
import StrataKernelInterface

extension TapeEncoder {
    /// Makes one instruction of a sum and of what that sum alone uses: each instruction less saves a pass over registers
    /// in memory.
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
        func isWeighted(_ value: Int, into sum: Int) -> Bool {
            isProduct(value, into: sum) && items[factors(value)[1]].variation < .varying
        }
        func isSquare(_ value: Int, into sum: Int) -> Bool {
            isProduct(value, into: sum) && items[value].uses[0] == items[value].uses[1]
        }

        for i in items.indices {
            guard case .binary(let f) = items[i].instruction.opcode, f == .add || f == .subtract else { continue }
            let (a, b) = (items[i].uses[0], items[i].uses[1])
            if f == .subtract, case .binary(.divide) = items[b].instruction.opcode, isFusible(b, into: i),
                isProduct(items[b].uses[0], into: i)
            {
                let (divisor, product) = (items[b].uses[1], factors(items[b].uses[0]))
                if case .fused(.rootMultiplyAdd) = items[divisor].instruction.opcode, isFusible(divisor, into: i),
                    items[divisor].uses[1...].allSatisfy({ items[$0].variation < .varying })
                {
                    let root = items[divisor].uses
                    items[i] = combined(.fused(.subtractQuotientOfRoot), [a, root[0]] + product + root[1...])
                } else {
                    items[i] = combined(.fused(.subtractQuotient), [a, divisor] + product)
                }
            } else if f == .add, isWeighted(a, into: i), isWeighted(b, into: i) {
                let (x, y) = (factors(b), factors(a))
                items[i] =
                    isSquare(x[0], into: i)
                    ? combined(.fused(.weightedSquareSum), [items[x[0]].uses[0], x[1]] + y)
                    : combined(.fused(.weightedSum), x + y)
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
