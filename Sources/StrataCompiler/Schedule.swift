import StrataBackend
import StrataGraph

/// The order of the kernels, and where each result lives.
struct Schedule {
    enum Home: Hashable {
        /// Scratch, for as long as a later kernel reads it.
        case arena
        /// Within that of a larger array that is made of it, which so need not be copied together: a concatenation, a padding,
        /// a copy in another order of the axes. The view tells where.
        case part(of: Int)
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
    /// Where every node finds its elements: those of the fusion, but for the parts of larger arrays and what reads them,
    /// whose accesses go by the larger array.
    private(set) var views: [View]

    /// A variable is updated in place when every kernel that reads its old value can run before, or is the updating
    /// kernel itself and reads each element where it writes it. Otherwise its new value waits in the arena.
    init(_ fusion: Fusion) throws {
        let graph = fusion.graph
        views = fusion.views
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

    /// What a node has its place in: itself, or the array that it is a part of.
    func whole(of node: Int) -> Int {
        var whole = node
        while case .part(let larger) = homes[whole] { whole = larger }
        return whole
    }

    /// Whether an input of a node, by its position, is computed where the node is to have it.
    func isInPlace(_ position: Int, of node: Int) -> Bool { inPlace.contains(Part(position: position, whole: node)) }

    private struct Part: Hashable {
        var position: Int
        var whole: Int
    }
    private var inPlace: Set<Part> = []

    /// Lets the parts of a larger array be computed where they are to lie: those that are in the arena anyway, whole, and of
    /// no other array.
    private mutating func writePartsInPlace(_ fusion: Fusion) {
        let graph = fusion.graph
        var readers = graph.nodes.map { _ in [Int]() }
        for (number, node) in graph.nodes.enumerated() { for input in node.inputs { readers[input].append(number) } }
        // The largest first, as an array may be a part of a larger one, be it that all its own parts are.
        let sizes = graph.nodes.map(\.type.shape.elementCount)
        for number in graph.nodes.indices.sorted(by: { (sizes[$0], $0) > (sizes[$1], $1) }) {
            let node = graph.nodes[number]
            switch homes[number] {
            case .arena, .part, .output: break
            case .variable, nil: continue
            }
            if homes[number] == .arena, let (whole, access) = run(number, node, fusion),
                place(number, at: access, in: whole, fusion, readers)
            {
                inPlace.formUnion(node.inputs.indices.map { Part(position: $0, whole: number) })
                continue
            }
            for (position, access) in parts(number, node, fusion).enumerated() {
                let input = node.inputs[position]
                guard let base = fusion.views[input].base, homes[base] == .arena, base != number,
                    graph.nodes[base].type.dtype == node.type.dtype,
                    let moved = pulledBack(access, from: input, to: base, graph),
                    fusion.forms.contractsGroups || isDense(moved, graph.nodes[base].type)
                else { continue }
                if place(base, at: moved, in: number, fusion, readers) {
                    inPlace.insert(Part(position: position, whole: number))
                }
            }
        }
    }

    /// The larger array of which a concatenation is a run, and where it lies in it: that of whose parts its own are some in
    /// a row, such as the states of all steps but the last among those of all.
    private func run(_ number: Int, _ node: Graph.Node, _ fusion: Fusion) -> (whole: Int, access: Access)? {
        guard case .concatenate(let axis) = node.op, node.inputs.count > 1, let first = views[node.inputs[0]].base,
            case .part(let whole) = homes[first]
        else { return nil }
        var access = views[node.inputs[0]].access
        if fusion.graph.nodes[node.inputs[0]].type.shape[axis] == 1 {
            access.strides[axis] = views[node.inputs[1]].access.offset - access.offset
        }
        guard access.strides[axis] > 0 else { return nil }
        var offset = access.offset
        for input in node.inputs {
            guard let base = views[input].base, homes[base] == .part(of: whole), base != number, whole != number,
                fusion.graph.nodes[base].type.dtype == node.type.dtype
            else { return nil }
            let (part, shape) = (views[input].access, fusion.graph.nodes[input].type.shape)
            let isInRow = shape.indices.allSatisfy { shape[$0] == 1 || part.strides[$0] == access.strides[$0] }
            guard part.offset == offset, isInRow else { return nil }
            offset += shape[axis] * access.strides[axis]
        }
        guard fusion.forms.contractsGroups || isDense(access, node.type) else { return nil }
        return (whole, access)
    }

    /// The places of the inputs that an array is put together from, if that is all that its kernel does.
    private func parts(_ number: Int, _ node: Graph.Node, _ fusion: Fusion) -> [Access] {
        let own = views[number].access
        switch node.op {
        case .concatenate(let axis):
            var position = 0
            return node.inputs.map { input in
                defer { position += fusion.graph.nodes[input].type.shape[axis] }
                return Access(offset: own.offset + position * own.strides[axis], strides: own.strides)
            }
        case .pad(let low, let high, let interior):
            guard (low + high).allSatisfy({ $0 >= 0 }), interior.allSatisfy({ $0 == 0 }) else { return [] }
            let start = zip(low, own.strides).reduce(own.offset) { $0 + $1.0 * $1.1 }
            return [Access(offset: start, strides: own.strides)]
        case .cast:
            guard let cluster = fusion.clusterOf[number], fusion.clusters[cluster].nodes == [number],
                fusion.views[node.inputs[0]].base != node.inputs[0]
            else { return [] }
            return [own]
        default: return []
        }
    }

    /// Where the elements of `base` lie if those of `node`, which sees all of them once, lie at `access`.
    private func pulledBack(_ access: Access, from node: Int, to base: Int, _ graph: Graph) -> Access? {
        var (access, node) = (access, node)
        while node != base {
            let input = graph.nodes[node].inputs[0]
            guard
                let inner = graph.nodes[node].op.pulledBack(
                    access, graph.nodes[node].type.shape, onto: graph.nodes[input].type.shape)
            else { return nil }
            (access, node) = (inner, input)
        }
        return access
    }

    /// Backends that know products of matrices alone get arrays as they expect them, at places where an array may begin.
    private func isDense(_ access: Access, _ type: TensorType) -> Bool {
        View(source: .iota, access: access).isDense(type.shape)
            && access.offset * type.dtype.byteCount % MemoryPlan.alignment == 0
    }

    /// Gives `base` a place within `whole`, if all that reads it can read it there; tells whether it did.
    private mutating func place(
        _ base: Int, at access: Access, in whole: Int, _ fusion: Fusion, _ readers: [[Int]]
    ) -> Bool {
        let graph = fusion.graph
        switch graph.nodes[base].op {
        case .scatterAdd, .addRows, .decompose: return false
        default: break
        }
        var changed = [base: View(source: .buffer(base), access: access)]
        var waiting = [base]
        while let node = waiting.popLast(), let view = changed[node] {
            for reader in readers[node] {
                let op = graph.nodes[reader].op
                if op.isView {
                    let shape = graph.nodes[reader].type.shape
                    guard let seen = op.view(of: view, graph.nodes[node].type.shape, as: shape) else { return false }
                    changed[reader] = seen
                    waiting.append(reader)
                } else if op.takesWholeArrays, !view.isDense(graph.nodes[node].type.shape) {
                    return false
                }
            }
        }
        for (node, view) in changed { views[node] = view }
        homes[base] = .part(of: whole)
        return true
    }
}

extension Op {
    /// Whether a kernel reads inputs of the node elsewhere than at the index that it computes, so that they have to be stored.
    var takesWholeArrays: Bool {
        switch self {
        case .convolve, .scatterAdd, .addRows, .decompose, .gather, .random: true
        default: false
        }
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
