import StrataBackend
import StrataGraph

/// Nodes that one kernel computes.
struct Cluster: Hashable {
    enum Anchor: Hashable {
        /// Elementwise nodes alone.
        case map
        case reduce(Int), contract(Int), convolve(Int)
        /// A node on whole arrays, with which nothing fuses: pad, concatenate, scatterAdd, addRows,
        /// decompose.
        case whole(Int)

        var node: Int? {
            switch self {
            case .map: nil
            case .reduce(let node), .contract(let node), .convolve(let node), .whole(let node): node
            }
        }
    }

    var anchor: Anchor
    /// Elementwise nodes that feed a reduction, over its input's shape; nothing else needs them.
    var prologue: [Int] = []
    /// Elementwise nodes over `space`, after the anchor.
    var body: [Int] = []
    /// What the body iterates over: the shape of the anchor's result.
    var space: Shape

    /// All nodes, in the order of their numbers.
    var nodes: [Int] { prologue + (anchor.node.map { [$0] } ?? []) + body }
}

/// Groups the nodes of a materialized graph into kernels.
///
/// Every node on its own would be a correct grouping. Going through the nodes in order, an elementwise node joins
/// the kernel of an input that has the same iteration space, so that it works on values still in registers: the
/// epilogue of a contraction or reduction, or a longer map. A reduction takes the map that feeds it as its prologue
/// when nobody else wants it. A kernel must never come to depend on itself by way of another.
struct Fusion {
    let graph: Graph
    let views: [View]
    private(set) var clusters: [Cluster] = []
    /// The cluster of each computed node.
    private(set) var clusterOf: [Int?]
    private var ancestry: Ancestry
    private var consumers: [[Int]]
    private var isResult: [Bool]
    private let isFusing: Bool
    let forms: KernelForms

    /// A kernel of so many nodes gets no more of them: its values have long outgrown the registers, and the time to compile
    /// it grows with the square of their number.
    static let nodeLimit = 1024

    /// - `isFusing`: without it every node is a kernel of its own.
    init(_ graph: Graph, isFusing: Bool = true, forms: KernelForms = KernelForms()) throws {
        self.isFusing = isFusing
        self.forms = forms
        self.graph = graph
        views = try graph.views()
        clusterOf = graph.nodes.map { _ in nil }
        ancestry = Ancestry()
        consumers = graph.nodes.map { _ in [] }
        isResult = graph.nodes.map { _ in false }
        for (number, node) in graph.nodes.enumerated() { for input in node.inputs { consumers[input].append(number) } }
        for root in graph.roots { isResult[root] = true }
        for number in graph.nodes.indices where graph.nodes[number].op.isComputed { place(number) }
        dropEmptyClusters()
    }

    /// The clusters whose results a cluster reads.
    func inputClusters(of cluster: Int) -> Set<Int> { inputClusters(of: clusters[cluster].nodes, in: cluster) }

    private func inputClusters(of nodes: [Int], in cluster: Int) -> Set<Int> {
        var result: Set<Int> = []
        for node in nodes {
            for input in graph.nodes[node].inputs {
                if let base = views[input].base, let other = clusterOf[base], other != cluster { result.insert(other) }
            }
        }
        return result
    }

    private mutating func place(_ number: Int) {
        let node = graph.nodes[number]
        switch node.op {
        case .reduce: startReduction(number)
        case .dot: start(Cluster(anchor: .contract(number), space: node.type.shape))
        case .convolve: start(Cluster(anchor: .convolve(number), space: node.type.shape))
        case let op where op.isElementwise:
            if let host = host(for: number) {
                join(number, host)
            } else {
                start(Cluster(anchor: .map, body: [number], space: node.type.shape))
            }
        default: start(Cluster(anchor: .whole(number), space: node.type.shape))
        }
    }

    private mutating func start(_ cluster: Cluster) {
        for node in cluster.nodes { clusterOf[node] = clusters.count }
        clusters.append(cluster)
        ancestry.add(clusters.count - 1, dependingOn: inputClusters(of: cluster.nodes, in: clusters.count - 1))
    }

    // MARK: Prologues

    private mutating func startReduction(_ number: Int) {
        let node = graph.nodes[number]
        var cluster = Cluster(anchor: .reduce(number), space: node.type.shape)
        if isFusing, let feeder = clusterOf[node.inputs[0]], clusters[feeder].anchor == .map,
            !isRounded(node.inputs[0]),
            clusters[feeder].body.allSatisfy({ inner in
                !isResult[inner] && consumers[inner].allSatisfy { $0 == number || clusterOf[$0] == feeder }
            })
        {
            cluster.prologue = clusters[feeder].body
            clusters[feeder].body = []
        }
        start(cluster)
    }

    // MARK: Epilogues

    /// The cluster that an elementwise node should join: that of its latest input, if it may.
    private mutating func host(for number: Int) -> Int? {
        for host in hosts(for: number) where canJoin(number, host) { return host }
        return nil
    }

    /// The clusters of the direct inputs with the same iteration space: those with an anchor first, into which maps
    /// can be taken up, but not the other way round; then the latest.
    private func hosts(for number: Int) -> [Int] {
        let node = graph.nodes[number]
        if node.op == .gather || !isFusing { return [] }
        let candidates = node.inputs.sorted(by: >).compactMap { input -> Int? in
            guard let cluster = clusterOf[input], !isRounded(input),
                clusters[cluster].space == node.type.shape, isOpen(cluster), !clusters[cluster].prologue.contains(input)
            else { return nil }
            return cluster
        }
        return candidates.filter { clusters[$0].anchor != .map } + candidates.filter { clusters[$0].anchor == .map }
    }

    /// Whether storing the node changes it: within a kernel it would not yet be a whole number.
    private func isRounded(_ number: Int) -> Bool {
        guard case .cast(let dtype) = graph.nodes[number].op, dtype != .float32 else { return false }
        return graph.nodes[graph.nodes[number].inputs[0]].type.dtype != dtype
    }

    /// Whether a node reads an input element by element, as it is computed. Read through a view, rounded to another type or
    /// looked up, it must be stored first.
    private func isDirect(_ input: Int, of node: Int) -> Bool {
        views[input].base == input && !isRounded(input) && !graph.nodes[node].op.takesWholeArrays
    }

    /// Whether nodes may join a cluster: not those on whole arrays, nor one that is as long as a kernel gets.
    private func isOpen(_ cluster: Int) -> Bool {
        if case .whole = clusters[cluster].anchor { return false }
        return clusters[cluster].prologue.count + clusters[cluster].body.count < Self.nodeLimit
    }

    private mutating func canJoin(_ number: Int, _ host: Int) -> Bool {
        guard isOpen(host), fits([number], in: clusters[host]) else { return false }
        for input in graph.nodes[number].inputs {
            guard let base = views[input].base, let other = clusterOf[base] else { continue }
            if other == host {
                if !isDirect(input, of: number) { return false }
            } else if depends(other, on: host) {
                return false
            }
        }
        return true
    }

    private mutating func join(_ number: Int, _ host: Int) {
        clusters[host].body.append(number)
        clusterOf[number] = host
        ancestry.add(host, dependingOn: inputClusters(of: [number], in: host))
        // Maps that feed the node can now be computed in the same place.
        for other in Set(hosts(for: number)).sorted(by: >) where other != host && canMerge(other, into: host) {
            clusters[host].body = (clusters[host].body + clusters[other].body).sorted()
            for node in clusters[other].body { clusterOf[node] = host }
            clusters[other].body = []
            ancestry.merge(other, into: host)
        }
    }

    private mutating func canMerge(_ map: Int, into host: Int) -> Bool {
        guard clusters[map].anchor == .map, fits(clusters[map].body, in: clusters[host]),
            clusters[map].body.count + clusters[host].body.count <= Self.nodeLimit, !depends(map, on: host)
        else { return false }
        let members = Set(clusters[map].body)
        for node in clusters[host].nodes {
            for input in graph.nodes[node].inputs {
                guard let base = views[input].base, let other = clusterOf[base], other != host else { continue }
                if other == map {
                    if !isDirect(input, of: node) || !members.contains(input) || !clusters[host].body.contains(node) {
                        return false
                    }
                } else if depends(other, on: map) {
                    return false
                }
            }
        }
        return true
    }

    /// Whether the nodes' operands can be addressed from within the cluster's kernel: an epilogue looks nothing up, and
    /// that of a product of matrices sees three merged axes.
    private func fits(_ nodes: [Int], in cluster: Cluster) -> Bool {
        if cluster.anchor == .map { return true }
        return nodes.allSatisfy { number in
            if case .gather = graph.nodes[number].op { return false }
            // A draw reads its key as a whole and counts its own elements, which are dense.
            if case .random = graph.nodes[number].op { return true }
            guard case .contract(let dot) = cluster.anchor, !forms.contractsGroups else { return true }
            return graph.nodes[number].inputs.allSatisfy { input in
                groups(ofDot: dot).allSatisfy { axes in
                    mergedStride(axes.map { views[input].access.strides[$0] }, axes.map { cluster.space[$0] }) != nil
                }
            }
        }
    }

    /// The axes of a contraction's result: batch, rows, columns.
    private func groups(ofDot number: Int) -> [[Int]] {
        guard case .dot(let axes) = graph.nodes[number].op else { return [] }
        let batch = axes.leftBatch.count
        let left = axes.leftFree(rank: graph.nodes[graph.nodes[number].inputs[0]].type.shape.rank).count
        let rank = graph.nodes[number].type.shape.rank
        return [Array(0..<batch), Array(batch..<batch + left), Array(batch + left..<rank)]
    }

    /// Whether one cluster needs another's results, directly or not.
    private mutating func depends(_ cluster: Int, on other: Int) -> Bool {
        cluster == other || ancestry.depends(cluster, on: other)
    }

    private mutating func dropEmptyClusters() {
        let kept = clusters.indices.filter { !clusters[$0].nodes.isEmpty }
        clusters = kept.map { clusters[$0] }
        for (position, cluster) in clusters.enumerated() { for node in cluster.nodes { clusterOf[node] = position } }
    }
}
