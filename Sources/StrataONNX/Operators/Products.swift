import Foundation
import StrataBackend
import StrataGraph

extension Operator {
    static let products: [Operator] = [
        Operator("MatMul") { call in
            let (a, b) = (try call.operand(0), try call.operand(1))
            return [Value(try a.number().matrixProduct(b.number()), a.type)]
        },
        Operator("Gemm") { call in
            let a = try call.operand(0)
            var (left, right) = (try a.number(), try call.number(1))
            guard left.rank == 2, right.rank == 2 else {
                throw call.fail("\(left.shape) and \(right.shape) are no two matrices", .shape)
            }
            if try call.flag("transA") { left = left.transpose() }
            let (alpha, beta) = (try call.float("alpha", 1), try call.float("beta", 1))
            let product = try call.flag("transB") ? left.dotTransposed(right) : left.dot(right)
            right = alpha == 1 ? product : product * alpha
            guard let c = try call.optionalNumber(2) else { return [Value(right, a.type)] }
            return [Value(right + (beta == 1 ? c : c * beta), a.type)]
        },
        Operator("Einsum") { try $0.einsum() },
        Operator("Det") { call in
            let operand = try call.operand(0)
            guard operand.rank >= 2, operand.shape[operand.rank - 1] == operand.shape[operand.rank - 2],
                operand.shape[operand.rank - 1] <= 8
            else { throw call.fail("determinants are of square matrices of at most 8 rows here", .unsupported) }
            return try call.map(nil, determinant)
        },
    ]
}

/// By cofactors of the first row, which no zero among the pivots can stop.
private func determinant(_ x: Tensor) -> Tensor {
    let (rows, axis) = (x.shape[x.rank - 1], x.rank - 2)
    if rows == 0 { return .constant(1, Shape(x.shape.dropLast(2))) }
    if rows == 1 { return x.reshape(Shape(x.shape.dropLast(2))) }
    let top = x.slice(0..<1, axis: axis).squeezed(axis)
    let below = x.slice(1..<rows, axis: axis)
    return (0..<rows).map { column -> Tensor in
        let minor = determinant(below.taking((0..<rows).filter { $0 != column }, axis: axis + 1))
        let term = top.slice(column..<column + 1, axis: axis).squeezed(axis) * minor
        return column % 2 == 0 ? term : -term
    }.reduce(.constant(0)) { $0 + $1 }
}

extension Call {
    /// Sums of products over the letters that the result does not have.
    fileprivate func einsum() throws -> [Value] {
        let equation = try string("equation").filter { $0 != " " }
        let sides = equation.components(separatedBy: "->")
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let operands = try inputs.indices.map(operand)
        guard sides.count <= 2, terms.count == operands.count, let first = operands.first else {
            throw fail("'\(equation)' is not of \(operands.count) arrays")
        }
        // An ellipsis stands for the axes that have no letter, which are broadcast like numpy's.
        var widest = 0
        for (term, operand) in zip(terms, operands) where term.contains("...") {
            widest = max(widest, operand.rank - (term.count - 3))
        }
        func letters(_ term: String, rank: Int) throws -> [String] {
            guard let dots = term.components(separatedBy: "...") as [String]?, dots.count <= 2 else {
                throw fail("'\(equation)' has two ellipses in a term")
            }
            guard dots.count == 2 else { return term.map(String.init) }
            let count = rank - dots[0].count - dots[1].count
            guard count >= 0 else { throw fail("'\(term)' has more letters than \(rank) axes") }
            return dots[0].map(String.init) + (0..<count).map { "...\($0 + widest - count)" } + dots[1].map(String.init)
        }
        var parts: [(letters: [String], tensor: Tensor)] = []
        for (term, operand) in zip(terms, operands) {
            var names = try letters(term, rank: operand.rank)
            guard names.count == operand.rank else {
                throw fail("'\(term)' does not name the axes of \(operand.shape)")
            }
            var tensor = try operand.number()
            // A letter twice in a term is a diagonal.
            while let (later, name) = names.enumerated().first(where: { names[..<$0.offset].contains($0.element) }),
                let earlier = names.firstIndex(of: name)
            {
                guard tensor.shape[earlier] == tensor.shape[later] else {
                    throw fail("'\(name)' has two extents", .shape)
                }
                let shape = tensor.shape
                let isDiagonal = Tensor.iota(shape, axis: earlier).equal(.iota(shape, axis: later))
                tensor = isDiagonal.select(tensor, .constant(0)).sum([later])
                names.remove(at: later)
            }
            parts.append((names, tensor))
        }
        let all = parts.flatMap(\.letters)
        let result: [String]
        if sides.count == 2 {
            result = try letters(sides[1], rank: sides[1].contains("...") ? sides[1].count - 3 + widest : 0)
        } else {
            let dots = (0..<widest).map { "...\($0)" }
            result =
                dots + Set(all.filter { name in !name.hasPrefix(".") && all.filter { $0 == name }.count == 1 }).sorted()
        }
        guard Set(result).count == result.count, result.allSatisfy(all.contains) else {
            throw fail("'\(equation)' asks for letters that no term has")
        }
        var product = parts[0]
        for (number, part) in parts.enumerated().dropFirst() {
            let later = Set(parts[(number + 1)...].flatMap(\.letters) + result)
            product = try contracted(product, part, keeping: later)
        }
        let summed = product.letters.indices.filter { !result.contains(product.letters[$0]) }
        let rest = product.letters.filter(result.contains)
        let tensor = summed.isEmpty ? product.tensor : product.tensor.sum(summed)
        return [Value(tensor.transpose(result.map { rest.firstIndex(of: $0) ?? 0 }), first.type)]
    }

    private func contracted(
        _ left: (letters: [String], tensor: Tensor), _ right: (letters: [String], tensor: Tensor), keeping: Set<String>
    ) throws -> (letters: [String], tensor: Tensor) {
        // An extent of 1 that meets another is repeated.
        func fitted(_ part: (letters: [String], tensor: Tensor), _ other: (letters: [String], tensor: Tensor)) -> Tensor
        {
            let extents = part.letters.enumerated().map { axis, name -> Int in
                let extent = part.tensor.shape[axis]
                guard extent == 1, let place = other.letters.firstIndex(of: name) else { return extent }
                return other.tensor.shape[place]
            }
            return part.tensor.broadcast(to: Shape(extents), axes: Array(extents.indices))
        }
        let (a, b) = (fitted(left, right), fitted(right, left))
        let shared = left.letters.filter(right.letters.contains)
        func axes(_ names: [String], _ letters: [String]) -> [Int] { names.compactMap { letters.firstIndex(of: $0) } }
        let (batch, summed) = (shared.filter(keeping.contains), shared.filter { !keeping.contains($0) })
        let pairing = DotAxes(
            leftBatch: axes(batch, left.letters), rightBatch: axes(batch, right.letters),
            leftContract: axes(summed, left.letters), rightContract: axes(summed, right.letters))
        let free = left.letters.filter { !shared.contains($0) } + right.letters.filter { !shared.contains($0) }
        return (batch + free, a.dot(b, pairing))
    }
}
