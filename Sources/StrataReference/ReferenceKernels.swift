public import StrataBackend

/// The oracle: what every kernel means, as one plain loop over host memory.
///
/// Backends are compared with it, the reference backend is made of it, and the compiler runs on it whatever a
/// backend does not support. Being obvious is its only duty: elementwise arithmetic is in `Float`, each function the
/// C library's; sums and decompositions are carried in `Double` and rounded once. Elements are visited in row-major
/// order, and all of an element's loads come before its stores.
public enum ReferenceKernels {
    /// Runs one kernel.
    ///
    /// - `memory`: where a slot's bytes start, aligned to 4 bytes or more. It is asked for each operand.
    /// - Complexity: one evaluation of the expressions per element. Allocates a few words, and a decomposition its
    ///   matrices.
    public static func run(_ kernel: Kernel, memory: (_ slot: Int) -> UnsafeMutableRawPointer) {
        switch kernel {
        case .map(let map): run(map, memory)
        case .reduce(let reduce): run(reduce, memory)
        case .contract(let contract): run(contract, memory)
        case .convolve(let convolve): run(convolve, memory)
        case .scatterAdd(let scatterAdd): run(scatterAdd, memory)
        case .decompose(let decompose): run(decompose, memory)
        }
    }
}

/// Calls `body` for every index of a row-major space, the last dimension fastest; `index` holds the current one.
/// A space with an extent of 0 has no index, a space of no dimensions has one.
@inline(__always)
func forEachIndex(of extents: [Int], in index: UnsafeMutablePointer<Int>, _ body: () -> Void) {
    guard extents.allSatisfy({ $0 > 0 }) else { return }
    for d in extents.indices { index[d] = 0 }
    while true {
        body()
        var d = extents.count - 1
        while d >= 0 {
            index[d] += 1
            if index[d] < extents[d] { break }
            index[d] = 0
            d -= 1
        }
        if d < 0 { return }
    }
}

/// Room for the index of an iteration space of that many dimensions.
@inline(__always)
func withIndex(rank: Int, _ body: (UnsafeMutablePointer<Int>) -> Void) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: rank + 1) { index in
        index.initialize(repeating: 0)
        if let first = index.baseAddress { body(first) }
    }
}
