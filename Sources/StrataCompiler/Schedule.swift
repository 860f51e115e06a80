import StrataBackend
import StrataGraph

/// The order of the kernels, and where each result lives.
struct Schedule {
    enum Home: Hashable {
        /// Scratch, for as long as a later kernel reads it.
        case arena
        /// From a byte on in that of the concatenation that it is a part of, which so need not be copied together.
        case part(of: Int, at: Int)
        /// The memory of the state variable itself: an update in place.
        case variable(String)
        case output(String)
    }

    /// Positions in `Fusion.clusters`.
    private(set) var order: [Int] = []
    /// Where the nodes live that are stored at all; the others exist in registers only.
    private(set) var homes: [Int: Home] = [:]
    /// Updates that could not be made in place; they are copied when all else is done.
    private(set) var deferred: [Graph.Result] = []

    /// A variable is updated in place when every kernel that reads its old value can run before, or is the updating
    /// kernel itself and reads each element where it writes it. Otherwise its new value waits in the arena.
    init(_ fusion: Fusion) throws {
        let graph = fusion.graph
        var predecessors = fusion.clusters.indices.map { fusion.inputClusters(of: $0) }

        func isReachable(_ target: Int, from start: Int) -> Bool {
            var visited: Set<Int> = []
            var stack = [target]
            while let next = stack.popLast() {
                if next == start { return true }
                if visited.insert(next).inserted { stack += predecessors[next] }
            }
            return false
        }

        for output in graph.outputs { homes[output.node] = .output(output.name) }
        for update in graph.updates {
            let writer = fusion.clusterOf[update.node]!
            let readers = fusion.readers(of: update.name)
            let fits = readers.allSatisfy { reader in
                reader == writer
                    ? fusion.readsInPlace(update.name, writer) : !isReachable(reader, from: writer)
            }
            if fits {
                for reader in readers where reader != writer { predecessors[writer].insert(reader) }
                homes[update.node] = .variable(update.name)
            } else {
                homes[update.node] = .arena
                deferred.append(update)
            }
        }
        for (number, node) in graph.nodes.enumerated() {
            for input in node.inputs {
                guard let base = fusion.views[input].base, homes[base] == nil, let owner = fusion.clusterOf[base],
                    let reader = fusion.clusterOf[number], reader != owner
                else { continue }
                homes[base] = .arena
            }
        }

        order = Schedule.order(fusion, predecessors, homes)
        guard order.count == fusion.clusters.count else {
            throw StrataError(.shape, "compiler: \(fusion.clusters.count - order.count) kernels wait for one another")
        }
        writePartsInPlace(fusion)
    }

    /// Lets the parts of a concatenation be computed where they are to lie one after the other: those that are in the arena
    /// anyway, whole, of no other concatenation, and at a place where an array may begin.
    private mutating func writePartsInPlace(_ fusion: Fusion) {
        let graph = fusion.graph
        // From the last on, as a concatenation may be a part of a later one.
        for (number, node) in graph.nodes.enumerated().reversed() {
            guard case .concatenate(let axis) = node.op, node.type.shape.extents[..<axis].allSatisfy({ $0 == 1 }) else { continue }
            switch homes[number] {
            case .arena, .part: break
            default: continue
            }
            var start = 0
            for input in node.inputs {
                if homes[input] == .arena, fusion.views[input].base == input, start % MemoryPlan.alignment == 0 {
                    homes[input] = .part(of: number, at: start)
                }
                start += graph.nodes[input].type.byteCount
            }
        }
    }

    /// A kernel runs once all it needs is there; among those the one that stands first in the graph, unless there is one
    /// that makes a single number, for which others may wait, or one after which less scratch is held than before. So a
    /// value is used up while it is still in cache, and the arena stays small: in a backward pass, the gradient of a
    /// layer's weights goes before that of the layer below.
    private static func order(_ fusion: Fusion, _ predecessors: [Set<Int>], _ homes: [Int: Home]) -> [Int] {
        let graph = fusion.graph
        func bytes(_ node: Int) -> Int { homes[node] == .arena ? graph.nodes[node].type.byteCount : 0 }
        let made = fusion.clusters.map { $0.nodes.reduce(0) { $0 + bytes($1) } }
        let read = fusion.clusters.indices.map { position in
            Set(fusion.clusters[position].nodes.flatMap { graph.nodes[$0].inputs }.compactMap { fusion.views[$0].base })
                .filter { bytes($0) > 0 && fusion.clusterOf[$0] != position }
        }
        var readers: [Int: Int] = [:]
        for node in read.joined() { readers[node, default: 0] += 1 }
        // What is copied when all is done is never free.
        for root in graph.roots { readers[root, default: 0] += 1 }

        let rank = fusion.clusters.map { $0.nodes.max() ?? 0 }
        func freed(_ cluster: Int) -> Int {
            fusion.clusters[cluster].space.elementCount == 1 ? .max : max(0, read[cluster].reduce(-made[cluster]) { $0 + (readers[$1] == 1 ? bytes($1) : 0) })
        }
        var order: [Int] = []
        var waiting = Set(fusion.clusters.indices)
        var isDone = fusion.clusters.map { _ in false }
        while let next = waiting.filter({ predecessors[$0].allSatisfy { isDone[$0] } })
            .map({ (cluster: $0, freed: freed($0)) })
            .min(by: { ($1.freed, rank[$0.cluster]) < ($0.freed, rank[$1.cluster]) })?.cluster
        {
            waiting.remove(next)
            isDone[next] = true
            order.append(next)
            for node in read[next] { readers[node, default: 0] -= 1 }
        }
        return order
    }
}

extension Fusion {
    /// The clusters that read a variable's old value.
    fileprivate func readers(of variable: String) -> Set<Int> {
        var readers: Set<Int> = []
        for (position, cluster) in clusters.enumerated() where reads(variable, cluster.nodes) { readers.insert(position) }
        return readers
    }

    private func reads(_ variable: String, _ nodes: [Int]) -> Bool {
        nodes.contains { node in graph.nodes[node].inputs.contains { isView($0, of: variable) } }
    }

    private func isView(_ node: Int, of variable: String) -> Bool {
        views[node].base.map { graph.nodes[$0].op.externalName == variable } ?? false
    }

    /// Whether a cluster reads a variable only element by element, at the very index that it computes; or adds rows to
    /// it.
    fileprivate func readsInPlace(_ variable: String, _ position: Int) -> Bool {
        let cluster = clusters[position]
        if let anchor = cluster.anchor.node, graph.nodes[anchor].op == .addRows {
            return !graph.nodes[anchor].inputs.dropFirst().contains { isView($0, of: variable) }
        }
        if reads(variable, cluster.prologue + (cluster.anchor.node.map { [$0] } ?? [])) { return false }
        return cluster.body.allSatisfy { node in
            graph.nodes[node].inputs.allSatisfy { input in
                !isView(input, of: variable)
                    || (graph.nodes[input].type.shape == cluster.space && views[input].access.offset == 0
                        && views[input].isDense(cluster.space) && graph.nodes[node].op != .gather)
            }
        }
    }
}
