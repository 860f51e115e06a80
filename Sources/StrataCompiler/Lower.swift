import StrataBackend
import StrataGraph

/// Writes scheduled clusters as kernels over slots.
struct Lowering {
    private let fusion: Fusion
    private let schedule: Schedule
    private let plan: MemoryPlan
    private(set) var slots: [Program.Slot] = []
    private var slotOf: [Place: Int] = [:]
    private(set) var kernels: [Kernel] = []
    private(set) var labels: [String] = []

    /// What a slot stands for.
    enum Place: Hashable {
        case external(Op.External)
        case output(String)
        case literal(Literal)
    }

    private var graph: Graph { fusion.graph }

    init(_ fusion: Fusion, _ schedule: Schedule) throws {
        self.fusion = fusion
        self.schedule = schedule
        plan = MemoryPlan(Lowering.lifetimes(fusion, schedule))
        slots = [Program.Slot(role: .arena, name: "arena", byteCount: plan.byteCount)]
        for node in graph.nodes {
            if let place = node.op.place { addSlot(place, node.type) }
        }
        for update in graph.updates { addSlot(.external(.state(update.name)), graph.nodes[update.node].type) }
        for output in graph.outputs { addSlot(.output(output.name), graph.nodes[output.node].type) }

        for position in schedule.order { try emit(fusion.clusters[position]) }
        for update in schedule.deferred { emitDeferred(update) }
    }

    func slot(_ place: Place) -> Int? { slotOf[place] }

    /// The literals that the program reads, with their slots.
    var literals: [(literal: Literal, slot: Int)] {
        slotOf.compactMap { if case .literal(let literal) = $0.key { (literal, $0.value) } else { nil } }
            .sorted { $0.slot < $1.slot }
    }

    private mutating func addSlot(_ place: Place, _ type: TensorType) {
        guard slotOf[place] == nil else { return }
        slotOf[place] = slots.count
        let (role, name): (Program.Slot.Role, String) =
            switch place {
            case .external(.input(let name)): (.input, name)
            case .external(.state(let name)): (.state, name)
            case .output(let name): (.output, name)
            case .literal: (.constant, "literal \(slots.count)")
            }
        slots.append(Program.Slot(role: role, name: name, byteCount: type.byteCount))
    }

    private static func lifetimes(_ fusion: Fusion, _ schedule: Schedule) -> [MemoryPlan.Value] {
        var lives: [Int: ClosedRange<Int>] = [:]
        /// What has a place of its own: for a part, the array that it is a part of.
        func owner(_ node: Int) -> Int? {
            let whole = schedule.whole(of: node)
            return schedule.homes[whole] == .arena ? whole : nil
        }
        func use(_ node: Int, _ time: Int) {
            guard let owner = owner(node) else { return }
            let life = lives[owner] ?? time...time
            lives[owner] = min(life.lowerBound, time)...max(life.upperBound, time)
        }
        for (time, position) in schedule.order.enumerated() {
            for node in fusion.clusters[position].nodes {
                use(node, time)
                for input in fusion.graph.nodes[node].inputs { schedule.views[input].base.map { use($0, time) } }
            }
        }
        for update in schedule.deferred { use(update.node, schedule.order.count) }
        return lives.map {
            MemoryPlan.Value(id: $0.key, byteCount: fusion.graph.nodes[$0.key].type.byteCount, lifetime: $0.value)
        }
    }

    // MARK: Places

    /// The slot of a stored or given node, or of what it is a part of, and the element at which that starts.
    private func place(_ node: Int) -> (slot: Int, offset: Int) {
        let whole = schedule.whole(of: node)
        switch schedule.homes[whole] {
        case .arena, .part: return (0, (plan.offsets[whole] ?? 0) / graph.nodes[node].type.dtype.byteCount)
        case .variable(let name): return (slotOf[.external(.state(name))] ?? 0, 0)
        case .output(let name): return (slotOf[.output(name)] ?? 0, 0)
        case nil: return (graph.nodes[whole].op.place.flatMap { slotOf[$0] } ?? 0, 0)
        }
    }

    /// How to read the node at an index of its own shape; or to write it, if it is stored.
    private func operand(_ node: Int) -> Operand {
        let view = schedule.views[node]
        let place = place(view.base ?? node)
        return Operand(
            slot: place.slot, dtype: graph.nodes[node].type.dtype, offset: place.offset + view.access.offset,
            strides: view.access.strides)
    }

    private func array(_ node: Int) -> ArrayOperand {
        let operand = operand(node)
        return ArrayOperand(
            slot: operand.slot, dtype: operand.dtype, offset: operand.access.offset,
            shape: graph.nodes[node].type.shape)
    }

    // MARK: Expressions

    /// Appends elementwise nodes, equal ones once; `values` holds those of the cluster's nodes that have one.
    private func append(_ nodes: [Int], to expression: inout Expression, _ values: inout [Int: Expression.Value]) {
        var known = Dictionary(
            zip(expression.instructions, expression.instructions.indices), uniquingKeysWith: { first, _ in first })
        func append(_ instruction: Expression.Instruction) -> Expression.Value {
            if let value = known[instruction] { return value }
            known[instruction] = expression.append(instruction)
            return expression.instructions.count - 1
        }
        func value(_ input: Int) -> Expression.Value {
            if let value = values[input] { return value }
            let view = schedule.views[input]
            switch view.source {
            case .constant(let constant): return append(.constant(constant))
            case .iota: return append(.iota(view.access))
            case .buffer: return expression.load(operand(input))
            }
        }
        for number in nodes {
            let node = graph.nodes[number]
            let result: Expression.Value
            switch node.op {
            case .unary(let function): result = append(.unary(function, value(node.inputs[0])))
            case .binary(let function):
                let (a, b) = (value(node.inputs[0]), value(node.inputs[1]))
                result = append(.binary(function, a, b))
            case .select:
                let (c, a, b) = (value(node.inputs[0]), value(node.inputs[1]), value(node.inputs[2]))
                result = append(.select(c, a, b))
            case .random(let distribution, let stream, let shape):
                result = append(
                    .random(
                        Draw(
                            distribution: distribution, stream: stream, key: operand(node.inputs[0]),
                            counter: Access(strides: shape.strides))))
            case .gather:
                var table = operand(node.inputs[0])
                let indices = operand(node.inputs[1])
                table.indirection = Indirection(
                    dimension: 0, slot: indices.slot, offset: indices.access.offset,
                    rowCount: graph.nodes[node.inputs[0]].type.shape[0])
                result = expression.load(table)
            default: result = value(node.inputs[0])  // a cast: the store converts
            }
            values[number] = result
        }
    }

    /// Stores of those of a cluster's nodes that have a home.
    private func stores(_ nodes: [Int], _ values: [Int: Expression.Value]) -> [Store] {
        nodes.compactMap { number in
            guard schedule.homes[number] != nil, let value = values[number] else { return nil }
            return Store(value: value, target: operand(number))
        }
    }

    // MARK: Kernels

    private mutating func emit(_ cluster: Cluster) throws {
        let label = self.label(cluster)
        func add(_ kernel: Kernel) {
            kernels.append(kernel)
            labels.append(label)
        }
        var expression = Expression()
        var values: [Int: Expression.Value] = [:]
        switch cluster.anchor {
        case .map:
            // A copy of what lies there already.
            if cluster.body.count == 1, case .cast = graph.nodes[cluster.body[0]].op,
                schedule.isInPlace(0, of: cluster.body[0])
            {
                return
            }
            append(cluster.body, to: &expression, &values)
            add(
                .map(
                    Map(
                        extents: cluster.space.extents, expression: expression,
                        stores: stores(cluster.body, values)
                    ).movingBits().collapsed()))

        case .reduce(let number):
            guard case .reduce(let combiner, let axes) = graph.nodes[number].op else { return }
            let input = graph.nodes[number].inputs[0]
            let shape = graph.nodes[input].type.shape
            let keptAxes = shape.indices.filter { !axes.contains($0) }
            var prologue = Expression()
            var inner: [Int: Expression.Value] = [:]
            append(cluster.prologue, to: &prologue, &inner)
            if inner[input] == nil {
                switch schedule.views[input].source {
                case .constant(let constant): _ = prologue.append(.constant(constant))
                case .iota: _ = prologue.append(.iota(schedule.views[input].access))
                case .buffer: _ = prologue.load(operand(input))
                }
            }
            let order = keptAxes + axes.sorted()
            prologue.permuteDimensions(order)
            values[number] = expression.append(.accumulator)
            append(cluster.body, to: &expression, &values)
            add(
                .reduce(
                    Reduce(
                        kept: keptAxes.map { shape[$0] }, reduced: axes.sorted().map { shape[$0] },
                        combiner: combiner, prologue: prologue, epilogue: expression,
                        stores: stores([number] + cluster.body, values)
                    ).collapsed()))

        case .contract(let number):
            values[number] = expression.append(.accumulator)
            append(cluster.body, to: &expression, &values)
            add(.contract(contraction(number, expression, stores([number] + cluster.body, values))))

        case .convolve(let number):
            guard case .convolve(let window) = graph.nodes[number].op else { return }
            values[number] = expression.append(.accumulator)
            append(cluster.body, to: &expression, &values)
            add(
                .convolve(
                    Convolve(
                        input: array(graph.nodes[number].inputs[0]), filter: array(graph.nodes[number].inputs[1]),
                        window: window, outputShape: cluster.space, epilogue: expression,
                        stores: stores([number] + cluster.body, values))))

        case .whole(let number):
            for kernel in try whole(number) { add(kernel) }
        }
    }

    /// A `dot` as a product over the groups of its axes; the result's are in the order batch, left, right already.
    private func contraction(_ number: Int, _ epilogue: Expression, _ stores: [Store]) -> Contract {
        let node = graph.nodes[number]
        guard case .dot(let axes) = node.op else { preconditionFailure("contraction of \(node.op.name)") }
        let (left, right) = (node.inputs[0], node.inputs[1])
        let (l, r) = (graph.nodes[left].type.shape, graph.nodes[right].type.shape)
        func reordered(_ operand: Operand, _ axes: [Int]) -> Operand {
            var operand = operand
            operand.access.strides = axes.map { operand.access.strides[$0] }
            return operand
        }
        let (leftFree, rightFree) = (axes.leftFree(rank: l.rank), axes.rightFree(rank: r.rank))
        return Contract(
            batch: axes.leftBatch.map { l[$0] }, m: leftFree.map { l[$0] }, n: rightFree.map { r[$0] },
            k: axes.leftContract.map { l[$0] },
            lhs: reordered(operand(left), axes.leftBatch + leftFree + axes.leftContract),
            rhs: reordered(operand(right), axes.rightBatch + axes.rightContract + rightFree), epilogue: epilogue,
            stores: stores
        ).collapsed()
    }

    private func whole(_ number: Int) throws -> [Kernel] {
        let node = graph.nodes[number]
        let target = array(number)
        switch node.op {
        case .pad(let low, let high, let interior):
            let shape = node.type.shape, from = graph.nodes[node.inputs[0]].type.shape
            let all = operand(number)
            if schedule.isInPlace(0, of: number) { return borders(all, shape, low, high) }
            var inside = all
            inside.access.offset += zip(low, all.access.strides).reduce(0) { $0 + $1.0 * $1.1 }
            // Along an axis of one element there is no step, which might overflow.
            inside.access.strides = shape.indices.map {
                from[$0] > 1 ? all.access.strides[$0] * (interior[$0] + 1) : all.access.strides[$0]
            }
            let isFilled =
                (low + high).contains { $0 < 0 } || shape.indices.contains { interior[$0] > 0 && from[$0] > 1 }
            return (isFilled ? [zeros(all, shape.extents)] : borders(all, shape, low, high))
                + [copy(node.inputs[0], to: inside)]
        case .concatenate(let axis):
            var position = 0
            return node.inputs.enumerated().compactMap { place, input in
                defer { position += graph.nodes[input].type.shape[axis] }
                if schedule.isInPlace(place, of: number) { return nil }
                var part = operand(number)
                part.access.offset += position * part.access.strides[axis]
                return copy(input, to: part)
            }
        case .scatterAdd(let rows):
            return [scatter(node.inputs[1], at: node.inputs[0], onto: target, rows: rows, accumulates: false)]
        case .addRows:
            let added = scatter(
                node.inputs[2], at: node.inputs[1], onto: target, rows: node.type.shape[0], accumulates: true)
            let table = array(node.inputs[0])
            if (table.slot, table.offset) == (target.slot, target.offset) { return [added] }
            let whole = Operand(
                slot: target.slot, dtype: target.dtype, offset: target.offset, strides: node.type.shape.strides)
            return [copy(node.inputs[0], to: whole), added]
        case .decompose(let method):
            return [.decompose(Decompose(method: method, inputs: node.inputs.map(array), output: target))]
        default:
            throw StrataError(.unsupported, "compiler: no kernel computes \(node.op.name)")
        }
    }

    private func zeros(_ target: Operand, _ extents: [Int]) -> Kernel {
        var fill = Expression()
        let zero = fill.append(.constant(0))
        return .map(
            Map(extents: extents, expression: fill, stores: [Store(value: zero, target: target)]).collapsed())
    }

    /// Zeros around an array: axis by axis what is before and after it, of axes before those only what is within.
    private func borders(_ all: Operand, _ shape: Shape, _ low: [Int], _ high: [Int]) -> [Kernel] {
        var (start, extents) = (all, shape.extents)
        return shape.indices.flatMap { axis -> [Kernel] in
            let stride = all.access.strides[axis]
            defer {
                extents[axis] -= low[axis] + high[axis]
                start.access.offset += low[axis] * stride
            }
            /// Borders of one width, `distance` elements apart.
            func zeros(_ count: Int, from first: Int, times: Int, _ distance: Int) -> Kernel {
                var (border, sides) = (start, extents)
                border.access.offset += first * stride
                border.access.strides.insert(distance * stride, at: 0)
                sides[axis] = count
                return self.zeros(border, [times] + sides)
            }
            let end = shape[axis] - high[axis]
            if low[axis] > 0, low[axis] == high[axis] { return [zeros(low[axis], from: 0, times: 2, end)] }
            return [(0, low[axis]), (end, high[axis])].filter { $0.1 > 0 }.map { zeros($0.1, from: $0.0, times: 1, 0) }
        }
    }

    private func scatter(
        _ updates: Int, at indices: Int, onto target: ArrayOperand, rows: Int, accumulates: Bool
    ) -> Kernel {
        let (indices, updates) = (array(indices), array(updates))
        let width = updates.shape.extents.dropFirst().reduce(1, *)
        func table(_ operand: ArrayOperand, _ rows: Int) -> ArrayOperand {
            ArrayOperand(slot: operand.slot, dtype: operand.dtype, offset: operand.offset, shape: [rows, width])
        }
        return .scatterAdd(
            ScatterAdd(
                target: table(target, rows), indices: indices, updates: table(updates, indices.shape[0]),
                accumulates: accumulates))
    }

    private func copy(_ node: Int, to target: Operand) -> Kernel {
        var expression = Expression()
        var values: [Int: Expression.Value] = [:]
        let view = schedule.views[node]
        switch view.source {
        case .constant(let constant): values[node] = expression.append(.constant(constant))
        case .iota: values[node] = expression.append(.iota(view.access))
        case .buffer: values[node] = expression.load(operand(node))
        }
        return .map(
            Map(
                extents: graph.nodes[node].type.shape.extents, expression: expression,
                stores: [Store(value: values[node]!, target: target)]
            ).movingBits().collapsed())
    }

    private mutating func emitDeferred(_ update: Graph.Result) {
        let type = graph.nodes[update.node].type
        let target = Operand(
            slot: slotOf[.external(.state(update.name))] ?? 0, dtype: type.dtype, strides: type.shape.strides)
        kernels.append(copy(update.node, to: target))
        labels.append("copy \(update.name)")
    }

    /// The variable that a contraction reads, then the ops: `encoder.0.weight dot+add+relu`.
    private func label(_ cluster: Cluster) -> String {
        let anchorInputs = cluster.anchor.node.map { graph.nodes[$0].inputs } ?? []
        let variable = anchorInputs.lazy.compactMap { schedule.views[$0].base }
            .compactMap { graph.nodes[$0].op.external?.name }.first
        let updated = cluster.nodes.lazy.compactMap { node -> String? in
            if case .variable(let name) = schedule.homes[node] { name } else { nil }
        }.first
        let names = cluster.nodes.map { graph.nodes[$0].op.name }
        let ops =
            names.count > 6
            ? names.prefix(5).joined(separator: "+") + "+\(names.count - 5) more" : names.joined(separator: "+")
        return [variable, updated.map { "→ \($0)" }, ops].compactMap { $0 }.joined(separator: " ")
    }
}

extension Op {
    /// What a leaf that lies in memory has a slot for.
    fileprivate var place: Lowering.Place? {
        if case .literal(let literal) = self { return .literal(literal) }
        return external.map(Lowering.Place.external)
    }
}

extension Map {
    /// A map that only moves whole numbers moves their bits, as if they were floats: on its way through the values of an
    /// expression a number beyond 2²⁴ would be rounded.
    fileprivate func movingBits() -> Map {
        let isMove = expression.instructions.allSatisfy { if case .load = $0 { true } else { false } }
        guard isMove, expression.operands.allSatisfy({ $0.dtype == .int32 }),
            stores.allSatisfy({ $0.target.dtype == .int32 })
        else { return self }
        var map = self
        for i in map.expression.operands.indices { map.expression.operands[i].dtype = .float32 }
        for i in map.stores.indices { map.stores[i].target.dtype = .float32 }
        return map
    }
}
