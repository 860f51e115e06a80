package import StrataBackend
public import StrataGraph

/// A program and what its slots mean.
package struct CompiledProgram: Sendable {
    package struct Binding: Sendable {
        package var name: String
        package var type: TensorType
        package var slot: Int
    }

    package var program: Program
    /// Values that the caller provides before a run.
    package var inputs: [Binding]
    /// State that lives on the device from run to run.
    package var variables: [Binding]
    /// Values that a run leaves behind.
    package var outputs: [Binding]
    /// Arrays that the program reads and nothing changes.
    package var literals: [(literal: Literal, slot: Int)]
}

/// The kernels that a program may be made of, where backends differ.
package struct KernelForms: Sendable, Hashable {
    /// There are convolutions; else they are contractions over windows.
    package var convolves = true
    /// Contractions go over groups of axes; else they are products of matrices, for which factors are copied together.
    package var contractsGroups = true

    package init() {}
}

extension Graph {
    /// A named step of the compiler.
    package struct Pass: Sendable {
        package var name: String
        package var run: @Sendable (Graph) throws -> Graph
    }

    /// How much the compiler does.
    public enum Optimization: Sendable, Hashable {
        /// Only what is needed to run at all: one kernel a node. A witness for the rest.
        case none
        /// All passes over the graph, and elementwise work fused into the kernels around it.
        case full
    }

    /// The graph-to-graph passes, in order.
    package static func passes(
        _ optimization: Optimization = .full, forms: KernelForms = KernelForms()
    ) -> [Pass] {
        let commonSubexpressions = Pass(name: "common subexpressions") { try $0.withoutCommonSubexpressions() }
        let cleaning = [
            Pass(name: "simplify") { try $0.simplified() },
            Pass(name: "fold movement") { try $0.withMovementFolded() },
            Pass(name: "sink movement") { try $0.withMovementSunk() },
            Pass(name: "scatter updates") { try $0.withUpdatesScattered() },
            commonSubexpressions,
            Pass(name: "dead code") { $0.withoutDeadCode() },
        ]
        let splitting = forms.convolves ? [] : [Pass(name: "split convolution") { try $0.withConvolutionsSplit() }]
        let recomputing = Pass(name: "recompute") { try $0.withCheapValuesRecomputed() }
        let unrolling = Pass(name: "unroll reductions") { try $0.withShortReductionsUnrolled() }
        let optimizing =
            optimization == .none
            ? [commonSubexpressions] : cleaning + [unrolling] + cleaning + [recomputing]
        return splitting + optimizing + [Pass(name: "materialize") { try $0.materialized(forms) }]
    }

    /// The graph after all passes.
    package func optimized(
        _ optimization: Optimization = .full, forms: KernelForms = KernelForms()
    ) throws -> Graph {
        var graph = self
        for pass in Graph.passes(optimization, forms: forms) {
            graph = try pass.run(graph)
            #if DEBUG
            do { try graph.verify() } catch let error as StrataError {
                throw StrataError(error.kind, "after \(pass.name): \(error.message)")
            }
            #endif
        }
        return graph
    }

    /// Compiles the graph for a backend that has the kernels that `supports` admits.
    package func compiled(
        _ optimization: Optimization = .full, supports: (Kernel) -> Bool = { _ in true }
    ) throws -> CompiledProgram {
        try verify()
        let lowered = try lowered(optimization, supports).program

        func binding(_ name: String, _ type: TensorType, slot: Lowering.Place) throws -> CompiledProgram.Binding {
            guard let slot = lowered.slot(slot) else {
                throw StrataError(.shape, "compiler: '\(name)' has no memory")
            }
            return CompiledProgram.Binding(name: name, type: type, slot: slot)
        }
        // An input that no result needs has no slot; a run may still give it.
        return CompiledProgram(
            program: Program(slots: lowered.slots, kernels: lowered.kernels, labels: lowered.labels),
            inputs: try inputs.filter { lowered.slot(.external(.input($0.name))) != nil }
                .map { try binding($0.name, $0.type, slot: .external(.input($0.name))) },
            variables: try variables.filter { lowered.slot(.external(.state($0.name))) != nil }
                .map { try binding($0.name, $0.type, slot: .external(.state($0.name))) },
            outputs: try outputs.map { try binding($0.name, nodes[$0.node].type, slot: .output($0.name)) },
            literals: lowered.literals)
    }

    /// The kernels that the graph's program is made of on a backend.
    package func kernelForms(supports: (Kernel) -> Bool) throws -> KernelForms { try lowered(.full, supports).forms }

    private func lowered(
        _ optimization: Optimization, _ supports: (Kernel) -> Bool
    ) throws -> (program: Lowering, forms: KernelForms) {
        var forms = KernelForms()
        var lowered = try lower(optimization, forms)
        func refuses(_ isOfKind: (Kernel) -> Bool) -> Bool {
            lowered.kernels.contains { isOfKind($0) && !supports($0) }
        }
        if refuses(\.isConvolution) {
            forms.convolves = false
            lowered = try lower(optimization, forms)
        }
        if refuses(\.contractsGroups) {
            forms.contractsGroups = false
            lowered = try lower(optimization, forms)
        }
        // A kernel that is refused may only be refused for what was fused into it; apart, the backend has more of it.
        if optimization == .full, refuses({ !$0.isMap }) {
            let apart = try lower(optimization, forms, isFusing: false)
            func refused(_ kernels: [Kernel]) -> Int { kernels.count { !$0.isMap && !supports($0) } }
            if refused(apart.kernels) < refused(lowered.kernels) { lowered = apart }
        }
        return (lowered, forms)
    }

    private func lower(_ optimization: Optimization, _ forms: KernelForms, isFusing: Bool = true) throws -> Lowering {
        let graph = try optimized(optimization, forms: forms)
        let fusion = try Fusion(graph, isFusing: isFusing && optimization == .full, forms: forms)
        return try Lowering(fusion, Schedule(fusion))
    }
}

extension Kernel {
    fileprivate var isMap: Bool { if case .map = self { true } else { false } }
    fileprivate var isConvolution: Bool { if case .convolve = self { true } else { false } }
    fileprivate var contractsGroups: Bool {
        if case .contract(let contract) = self { MatrixProduct(contract) == nil } else { false }
    }
}
