import StrataBackend
import StrataGraph

extension Graph {
    /// Computes values anew for each that needs them, where keeping them would take an array of its own beside the one that
    /// they follow from, which is kept anyway.
    ///
    /// A normalization is the case in point. Its input has to be stored, since mean and variance are not known before all of it
    /// is; what is centred, scaled and bent then follows from the stored input by a few instructions, which take less time
    /// than memory does, forward and backward.
    ///
    ///     x → mean → x − mean → (x − mean)² → variance      each reads x, and none is stored
    ///                x − mean → (x − mean) / deviation
    ///
    /// Values that are read as whole arrays, by contractions, are stored.
    func withCheapValuesRecomputed() throws -> Graph {
        let cheap = cheapValues
        var builder = GraphBuilder()
        /// What nodes became, those that are recomputed left out.
        var replacements: [Int?] = []
        for (number, node) in nodes.enumerated() {
            guard !cheap[number] else {
                replacements.append(nil)
                continue
            }
            var own: [Int: Int] = [:]
            func copy(_ number: Int) throws -> Int {
                if let known = replacements[number] ?? own[number] { return known }
                let node = nodes[number]
                let inputs = try node.inputs.map(copy)
                let result = try builder.add(node.op, inputs, location: node.location)
                own[number] = result
                return result
            }
            let inputs = try node.inputs.map(copy)
            replacements.append(try builder.add(node.op, inputs, location: node.location))
        }
        var result = self
        result.nodes = builder.nodes
        for i in outputs.indices { result.outputs[i].node = replacements[outputs[i].node]! }
        for i in updates.indices { result.updates[i].node = replacements[updates[i].node]! }
        return result
    }

    /// Whether each node is recomputed wherever it is needed.
    private var cheapValues: [Bool] {
        // Those that elementwise ops and reductions alone read, directly or through views.
        var isReadWhole = nodes.map { _ in false }
        for root in roots { isReadWhole[root] = true }
        for (number, node) in nodes.enumerated().reversed() {
            let isWhole: Bool
            switch node.op {
            case .reshape, .transpose, .stopGradient: isWhole = isReadWhole[number]
            case .reduce, .unary, .binary, .select: isWhole = false
            default: isWhole = true
            }
            if isWhole { for input in node.inputs { isReadWhole[input] = true } }
        }
        /// The array that a value follows from, and by how many instructions.
        var origins: [(root: Int, steps: Int)?] = []
        func isCheap(_ number: Int) -> Bool { origins[number].map { $0.root != number } ?? false }
        for (number, node) in nodes.enumerated() {
            origins.append(isReadWhole[number] ? nil : origin(of: node, origins))
        }
        return nodes.indices.map(isCheap)
    }

    private func origin(of node: Node, _ origins: [(root: Int, steps: Int)?]) -> (root: Int, steps: Int)? {
        switch node.op {
        case .reshape, .transpose, .stopGradient: return origins[node.inputs[0]]
        case .unary(let function) where function.isCheap: break
        case .binary(let function) where function.isCheap: break
        default: return nil
        }
        let count = node.type.shape.elementCount
        /// The arrays that are read in full, by the nodes that compute them.
        var roots: Set<Int> = [], steps = 1, small: [Int] = []
        for input in node.inputs {
            if let known = origins[input] {
                roots.insert(known.root)
                steps += known.steps
            } else if let base = computed(input) {
                if nodes[base].type.shape.elementCount == count { roots.insert(base) } else { small.append(base) }
            }
        }
        guard roots.count == 1, let root = roots.first, steps <= Self.mostSteps else { return nil }
        let isTied = node.inputs.contains { origins[$0] != nil } || small.contains { follows($0, root) }
        return isTied ? (root, steps) : nil
    }

    /// The computed node that a node shows, itself or what it is a view of.
    private func computed(_ number: Int) -> Int? {
        var number = number
        while nodes[number].op.isView { number = nodes[number].inputs[0] }
        return nodes[number].op.isComputed ? number : nil
    }

    /// Whether a value is not known before all of an array is, as far as a short search tells.
    private func follows(_ number: Int, _ root: Int) -> Bool {
        var waiting = [number], seen: Set<Int> = []
        while let next = waiting.popLast(), seen.count < Self.longestSearch {
            if next == root { return true }
            guard next > root, seen.insert(next).inserted else { continue }
            waiting += nodes[next].inputs
        }
        return false
    }

    /// The instructions that are cheaper than an array in memory.
    private static let mostSteps = 12
    private static let longestSearch = 64
}

extension Unary {
    /// Whether it takes less time than to store a value and to read it again.
    fileprivate var isCheap: Bool {
        switch self {
        case .negate, .absolute, .sign, .squareRoot, .reciprocal, .exponential, .tanh, .sigmoid, .relu: true
        default: false
        }
    }
}

extension Binary {
    fileprivate var isCheap: Bool { self != .power }
}
