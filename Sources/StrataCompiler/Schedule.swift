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

        /// Whether any of some clusters needs the results of another.
        func depends(_ clusters: Set<Int>, on writer: Int) -> Bool {
            var isVisited = [Bool](repeating: false, count: fusion.clusters.count)
            var stack = Array(clusters)
            while let next = stack.popLast() {
                if next == writer { return true }
                if isVisited[next] { continue }
                isVisited[next] = true
                stack += predecessors[next]
            }
            return false
        }

        for output in graph.outputs { homes[output.node] = .output(output.name) }
        let allReaders = fusion.readersOfVariables()
        for update in graph.updates {
            let writer = fusion.clusterOf[update.node]!
            var readers = allReaders[update.name] ?? []
            let fitsItself = readers.remove(writer) == nil || fusion.readsInPlace(update.name, writer)
            if fitsItself, !depends(readers, on: writer) {
                predecessors[writer].formUnion(readers)
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
            guard case .concatenate(let axis) = node.op, node.type.shape.extents[..<axis].allSatisfy({ $0 == 1 }) else {
                continue
            }
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

    /// What a node has its place in, itself or the concatenation that it is a part of, and the byte at which it starts there.
    func whole(of node: Int) -> (node: Int, start: Int) {
        var (whole, start) = (node, 0)
        while case .part(let larger, let place) = homes[whole] { (whole, start) = (larger, start + place) }
        return (whole, start)
    }
}

extension Fusion {
    /// The clusters that read each variable's old value.
    fileprivate func readersOfVariables() -> [String: Set<Int>] {
        var readers: [String: Set<Int>] = [:]
        for (position, cluster) in clusters.enumerated() {
            for input in cluster.nodes.flatMap({ graph.nodes[$0].inputs }) {
                if case .state(let name)? = views[input].base.flatMap({ graph.nodes[$0].op.external }) {
                    readers[name, default: []].insert(position)
                }
            }
        }
        return readers
    }

    private func reads(_ variable: String, _ nodes: [Int]) -> Bool {
        nodes.contains { node in graph.nodes[node].inputs.contains { isView($0, of: variable) } }
    }

    private func isView(_ node: Int, of variable: String) -> Bool {
        views[node].base.map { graph.nodes[$0].op.external == .state(variable) } ?? false
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
