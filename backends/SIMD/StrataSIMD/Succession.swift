import StrataKernelInterface

/// The products of a program one after the other. While a thread computes its last piece of one, it fetches what it will
/// pack first for the next: a weight that was last used half a step ago has left the core's caches. After the last product
/// comes the first, as a program is mostly run again.
struct Succession {
    private let threadCount: Int
    private typealias Tasks = (firstPieces: [Region], following: UnsafeMutablePointer<Region>)
    private var first: Tasks?
    private var last: Tasks?

    init(threadCount: Int) { self.threadCount = threadCount }

    /// Adds a product by what each of its tasks packs first; returns what each of them has to fetch, which is complete when
    /// the succession is closed.
    mutating func append(_ firstPieces: [Region], _ memory: PlanMemory) -> UnsafePointer<Region> {
        let following = memory.place(firstPieces.dropFirst() + [.none])
        let tasks = (firstPieces, following)
        if let last { link(last, to: tasks) }
        first = first ?? tasks
        last = tasks
        return UnsafePointer(following)
    }

    func close() {
        if let last, let first { link(last, to: first) }
    }

    /// Of each thread the last task of one product with the first of the other.
    private func link(_ product: Tasks, to next: Tasks) {
        for thread in 0..<threadCount {
            let own = ThreadPool.part(of: thread, threadCount: threadCount, tasks: product.firstPieces.count)
            let then = ThreadPool.part(of: thread, threadCount: threadCount, tasks: next.firstPieces.count)
            guard let end = own.last else { continue }
            product.following[end] = then.first.map { next.firstPieces[$0] } ?? .none
        }
    }
}
