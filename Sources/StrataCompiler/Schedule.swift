import StrataBackend
import StrataGraph

/// The order of the kernels, and where each result lives.
struct Schedule {
    enum Home: Hashable {
        /// Scratch, for as long as a later kernel reads it.
        case arena
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
    init(_ fusion: Fusion) {
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

        // A kernel runs as soon as all it needs is there; among those, the one that stands first in the graph.
        let rank = fusion.clusters.map { $0.nodes.max() ?? 0 }
        var waiting = Set(fusion.clusters.indices)
        var isDone = fusion.clusters.map { _ in false }
        while let next = waiting.filter({ predecessors[$0].allSatisfy { isDone[$0] } }).min(by: { rank[$0] < rank[$1] }) {
            waiting.remove(next)
            isDone[next] = true
            order.append(next)
        }
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

    /// Whether a cluster reads a variable only element by element, at the very index that it computes.
    fileprivate func readsInPlace(_ variable: String, _ position: Int) -> Bool {
        let cluster = clusters[position]
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
