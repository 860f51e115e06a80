import StrataBackend

extension Expression {
    /// Rewrites the access of every operand, draw and iota.
    mutating func mapAccesses(_ transform: (Access) -> Access) {
        for i in operands.indices { operands[i].access = transform(operands[i].access) }
        for i in instructions.indices {
            switch instructions[i] {
            case .iota(let access): instructions[i] = .iota(transform(access))
            case .random(var draw):
                draw.counter = transform(draw.counter)
                instructions[i] = .random(draw)
            default: break
            }
        }
    }

    /// Reorders the dimensions of the iteration space: new dimension `i` is old dimension `order[i]`.
    mutating func permuteDimensions(_ order: [Int]) {
        mapAccesses { access in Access(offset: access.offset, strides: order.map { access.strides[$0] }) }
        for i in operands.indices {
            guard let dimension = operands[i].indirection?.dimension else { continue }
            operands[i].indirection?.dimension = order.firstIndex(of: dimension) ?? 0
        }
    }

    fileprivate var accesses: [Access] {
        operands.map(\.access)
            + instructions.compactMap {
                switch $0 {
                case .iota(let access): access
                case .random(let draw): draw.counter
                default: nil
                }
            }
    }

    fileprivate var lookedUp: Set<Int> { Set(operands.compactMap { $0.indirection?.dimension }) }

    fileprivate mutating func collapse(_ groups: [[Int]], _ extents: [Int]) {
        let whole = operands.map(\.access)
        mapAccesses { $0.collapsed(groups, extents) }
        for i in operands.indices {
            guard let dimension = operands[i].indirection?.dimension,
                let group = groups.firstIndex(where: { $0.contains(dimension) })
            else { continue }
            operands[i].indirection?.dimension = group
            // A single index still names any row of the table, so its stride counts though the extent is 1.
            operands[i].access.strides[group] = whole[i].strides[dimension]
        }
    }
}

extension Access {
    fileprivate func collapsed(_ groups: [[Int]], _ extents: [Int]) -> Access {
        Access(
            offset: offset,
            strides: groups.map { group in
                mergedStride(group.map { strides[$0] }, group.map { extents[$0] }) ?? 0
            })
    }
}

/// Neighbouring dimensions that every access can walk as one, grouped; dimensions of extent 1 vanish, except one
/// where all are. A dimension that an operand looks up stays by itself.
private func groups(_ dimensions: Range<Int>, _ extents: [Int], _ accesses: [Access], _ lookedUp: Set<Int>) -> [[Int]] {
    var groups: [[Int]] = []
    for dimension in dimensions where extents[dimension] != 1 || lookedUp.contains(dimension) {
        if let last = groups.last, !lookedUp.contains(dimension), !lookedUp.contains(last[0]),
            accesses.allSatisfy({ access in
                let group = last + [dimension]
                return mergedStride(group.map { access.strides[$0] }, group.map { extents[$0] }) != nil
            })
        {
            groups[groups.count - 1].append(dimension)
        } else {
            groups.append([dimension])
        }
    }
    return groups.isEmpty ? [Array(dimensions)] : groups
}

private func product(_ group: [Int], _ extents: [Int]) -> Int { group.reduce(1) { $0 * extents[$1] } }

extension Map {
    /// The same map over as few dimensions as its accesses allow.
    func collapsed() -> Map {
        var result = self
        let accesses = expression.accesses + stores.map(\.target.access)
        let groups = groups(0..<extents.count, extents, accesses, expression.lookedUp)
        result.extents = groups.map { product($0, extents) }
        result.expression.collapse(groups, extents)
        for i in stores.indices { result.stores[i].target.access = stores[i].target.access.collapsed(groups, extents) }
        return result
    }
}

extension Reduce {
    /// The same reduction over as few kept and reduced dimensions as its accesses allow.
    func collapsed() -> Reduce {
        var result = self
        let extents = kept + reduced
        let inner = prologue.accesses
        let outer = epilogue.accesses + stores.map(\.target.access)
        let keptGroups = groups(0..<kept.count, extents, inner + outer, prologue.lookedUp)
        let reducedGroups = groups(kept.count..<extents.count, extents, inner, prologue.lookedUp)
        result.kept = keptGroups.map { product($0, extents) }
        result.reduced = reducedGroups.map { product($0, extents) }
        result.prologue.collapse(keptGroups + reducedGroups, extents)
        result.epilogue.collapse(keptGroups, kept)
        for i in stores.indices { result.stores[i].target.access = stores[i].target.access.collapsed(keptGroups, kept) }
        return result
    }
}

extension Contract {
    /// The same contraction over as few dimensions in each group as its accesses allow; at least one.
    func collapsed() -> Contract {
        // Both factors and the result as seen from batch + m + n + k.
        let extents = batch + m + n + k
        func zeros(_ group: [Int]) -> [Int] { group.map { _ in 0 } }
        let left = Access(
            strides: Array(lhs.access.strides.dropLast(k.count)) + zeros(n) + lhs.access.strides.suffix(k.count))
        let right = Access(
            strides: rhs.access.strides.prefix(batch.count) + zeros(m) + rhs.access.strides.suffix(n.count)
                + rhs.access.strides.dropFirst(batch.count).prefix(k.count))
        let results = (epilogue.accesses + stores.map(\.target.access)).map {
            Access(strides: $0.strides + zeros(k))
        }
        var start = 0
        let all = [batch, m, n, k].map { group in
            defer { start += group.count }
            return groups(start..<start + group.count, extents, [left, right] + results, [])
        }
        func collapsed(_ access: Access, _ offset: Int, _ groups: [[[Int]]]) -> Access {
            var result = access
            result.strides = groups.flatMap { $0 }.map { group in
                mergedStride(group.map { access.strides[$0] }, group.map { extents[$0] }) ?? 0
            }
            result.offset = offset
            return result
        }
        var result = self
        result.batch = all[0].map { product($0, extents) }
        result.m = all[1].map { product($0, extents) }
        result.n = all[2].map { product($0, extents) }
        result.k = all[3].map { product($0, extents) }
        result.lhs.access = collapsed(left, lhs.access.offset, [all[0], all[1], all[3]])
        result.rhs.access = collapsed(right, rhs.access.offset, [all[0], all[3], all[2]])
        result.epilogue.mapAccesses { collapsed($0, $0.offset, Array(all[..<3])) }
        for i in stores.indices {
            let access = stores[i].target.access
            result.stores[i].target.access = collapsed(access, access.offset, Array(all[..<3]))
        }
        return result
    }
}
