import StrataBackend
import StrataGraph

extension Schedule {
    /// A kernel runs once all it needs is there; among those the one that stands first in the graph, unless there is one
    /// that makes a single number, for which others may wait, or one after which less scratch is held than before. So a
    /// value is used up while it is still in cache, and the arena stays small: in a backward pass, the gradient of a
    /// layer's weights goes before that of the layer below.
    static func order(_ fusion: Fusion, _ predecessors: [Set<Int>], _ homes: [Int: Home]) -> [Int] {
        let graph = fusion.graph
        func bytes(_ node: Int) -> Int { homes[node] == .arena ? graph.nodes[node].type.byteCount : 0 }
        let made = fusion.clusters.map { $0.nodes.reduce(0) { $0 + bytes($1) } }
        let read = fusion.clusters.indices.map { position in
            Set(fusion.clusters[position].nodes.flatMap { graph.nodes[$0].inputs }.compactMap { fusion.views[$0].base })
                .filter { bytes($0) > 0 && fusion.clusterOf[$0] != position }
        }
        var readers: [Int: Int] = [:]
        var clusters: [Int: [Int]] = [:]
        for (position, nodes) in read.enumerated() {
            for node in nodes {
                readers[node, default: 0] += 1
                clusters[node, default: []].append(position)
            }
        }
        // What is copied when all is done is never free.
        for root in graph.roots { readers[root, default: 0] += 1 }

        let rank = fusion.clusters.map { $0.nodes.max() ?? 0 }
        func freed(_ cluster: Int) -> Int {
            if fusion.clusters[cluster].space.elementCount == 1 { return .max }
            return max(0, read[cluster].reduce(-made[cluster]) { $0 + (readers[$1] == 1 ? bytes($1) : 0) })
        }
        var successors = fusion.clusters.map { _ in [Int]() }
        var missing = predecessors.map(\.count)
        for (cluster, needed) in predecessors.enumerated() { for other in needed { successors[other].append(cluster) } }

        // What a cluster frees only grows while it waits; it is put in again when it does, and the first entry counts.
        var ready = Heap<Candidate>()
        func offer(_ cluster: Int) {
            ready.insert(Candidate(freed: freed(cluster), rank: rank[cluster], cluster: cluster))
        }
        for cluster in fusion.clusters.indices where missing[cluster] == 0 { offer(cluster) }
        var order: [Int] = []
        var isDone = fusion.clusters.map { _ in false }
        while let next = ready.popFirst()?.cluster {
            if isDone[next] { continue }
            isDone[next] = true
            order.append(next)
            for node in read[next] {
                readers[node, default: 0] -= 1
                guard readers[node] == 1 else { continue }
                for reader in clusters[node] ?? [] where missing[reader] == 0 && !isDone[reader] { offer(reader) }
            }
            for successor in successors[next] {
                missing[successor] -= 1
                if missing[successor] == 0 { offer(successor) }
            }
        }
        return order
    }

    /// A cluster that could run now; the least goes first.
    private struct Candidate: Comparable {
        var freed: Int
        var rank: Int
        var cluster: Int

        static func < (a: Candidate, b: Candidate) -> Bool { (b.freed, a.rank) < (a.freed, b.rank) }
    }
}

/// A binary heap: the least element first.
private struct Heap<Element: Comparable> {
    private var elements: [Element] = []

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, elements[child] < elements[(child - 1) / 2] {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        if elements.isEmpty { return first }
        elements[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < elements.count }
            guard let least = children.min(by: { elements[$0] < elements[$1] }), elements[least] < elements[parent]
            else {
                return first
            }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}
