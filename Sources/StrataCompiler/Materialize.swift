import StrataBackend
import StrataGraph

extension Graph {
    /// Inserts the copies without which a kernel could not read its operands or write its results: after this pass
    /// every view is expressible in strides, whole-array operands are dense, and every result is computed by a node of its
    /// own. If contractions are products of matrices only, their axis groups merge. A copy is a `cast` to the same type.
    func materialized(_ forms: KernelForms = KernelForms()) throws -> Graph {
        var views: [View] = []
        var builder = GraphBuilder()

        func add(_ op: Op, _ inputs: [Int], _ location: SourceLocation = .none) throws -> Int {
            let number = try builder.add(op, inputs, location: location)
            let shape = builder[number].type.shape
            switch op {
            case .constant(let value, _):
                views.append(View(source: .constant(value), access: Access(strides: shape.strides)))
            case .iota(_, let axis):
                views.append(View(source: .iota, access: Access(strides: shape.indices.map { $0 == axis ? 1 : 0 })))
            default:
                let view = op.isView ? op.view(of: views[inputs[0]], builder[inputs[0]].type.shape, as: shape) : nil
                views.append(view ?? View(source: .buffer(number), access: Access(strides: shape.strides)))
            }
            return number
        }
        func copy(_ node: Int) throws -> Int { try add(.cast(builder[node].type.dtype), [node]) }
        func dense(_ node: Int) throws -> Int {
            let isDense = views[node].base != nil && views[node].isDense(builder[node].type.shape)
            return isDense ? node : try copy(node)
        }

        /// The operand of a contraction, in the order (batch, free, contract) or (batch, contract, free) if it had to be
        /// copied: the longer of their last axes comes last, as copies go fast along it.
        func operand(_ node: Int, _ groups: inout [[Int]]) throws -> Int {
            let shape = builder[node].type.shape
            let merges =
                forms.contractsGroups
                || groups.allSatisfy { axes in
                    mergedStride(axes.map { views[node].access.strides[$0] }, axes.map { shape[$0] }) != nil
                }
            if merges, views[node].base != nil { return node }
            func length(_ axes: [Int]) -> Int { axes.last.map { shape[$0] } ?? 1 }
            let sequence = length(groups[1]) > length(groups[2]) ? [0, 2, 1] : [0, 1, 2]
            let order = sequence.flatMap { groups[$0] }
            let moved = order == Array(0..<order.count) ? node : try add(.transpose(permutation: order), [node])
            var start = 0
            for i in sequence {
                let count = groups[i].count
                groups[i] = Array(start..<start + count)
                start += count
            }
            return try copy(moved)
        }

        var replacements: [Int] = []
        for node in nodes {
            var inputs = node.inputs.map { replacements[$0] }
            var op = node.op
            switch op {
            case .reshape(let shape):
                if op.view(of: views[inputs[0]], builder[inputs[0]].type.shape, as: shape) == nil {
                    inputs[0] = try copy(inputs[0])
                }
            case .dot(let axes):
                var left = [axes.leftBatch, axes.leftFree(rank: builder[inputs[0]].type.shape.rank), axes.leftContract]
                var right = [
                    axes.rightBatch, axes.rightFree(rank: builder[inputs[1]].type.shape.rank), axes.rightContract,
                ]
                inputs[0] = try operand(inputs[0], &left)
                inputs[1] = try operand(inputs[1], &right)
                op = .dot(
                    DotAxes(leftBatch: left[0], rightBatch: right[0], leftContract: left[2], rightContract: right[2]))
            case .convolve, .scatterAdd, .addRows, .decompose:
                inputs = try inputs.map(dense)
            case .gather:
                inputs[1] = try dense(inputs[1])
                if views[inputs[0]].base == nil { inputs[0] = try copy(inputs[0]) }
            case .random:
                inputs[0] = try dense(inputs[0])
            default: break
            }
            replacements.append(try add(op, inputs, node.location))
        }

        // A result is written by the kernel that computes it, so one node cannot be two results, nor a view one.
        var result = self
        var taken: Set<Int> = []
        func owned(_ node: Int) throws -> Int {
            builder[node].op.isComputed && taken.insert(node).inserted ? node : try copy(node)
        }
        for i in updates.indices { result.updates[i].node = try owned(replacements[updates[i].node]) }
        for i in outputs.indices { result.outputs[i].node = try owned(replacements[outputs[i].node]) }
        result.nodes = builder.nodes
        return result
    }
}
