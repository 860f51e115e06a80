import StrataKernelInterface

/// What the plans of an executable point to: made at `prepare`, freed with the executable.
final class PlanMemory: @unchecked Sendable {
    private var blocks: [UnsafeMutableRawPointer] = []
    private var owned: [AnyObject] = []
    private var workspaces: [(memory: UnsafeMutableRawPointer, byteCount: Int, isTaken: Bool)] = []

    deinit { for block in blocks { block.deallocate() } }

    /// Copies plain data: what needs to be released would not be.
    func copy<Element>(_ elements: [Element]) -> UnsafePointer<Element> { UnsafePointer(place(elements)) }

    /// The same, to be changed until planning is over.
    func place<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = allocate(max(elements.count, 1) * MemoryLayout<Element>.stride)
        let pointer = memory.bindMemory(to: Element.self, capacity: elements.count)
        pointer.initialize(from: elements, count: elements.count)
        return pointer
    }

    func copy<Element>(_ element: Element) -> UnsafePointer<Element> { copy([element]) }

    /// Keeps an object alive, and gives the pointer by which `Unmanaged` finds it again.
    func keep(_ object: AnyObject) -> UnsafeRawPointer {
        owned.append(object)
        return UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
    }

    /// Memory for results between the steps of one kernel; the next kernel's may be the same.
    func workspace(floats: Int) -> UnsafeMutableRawPointer {
        let byteCount = floats * 4
        let free = workspaces.indices.filter { !workspaces[$0].isTaken && workspaces[$0].byteCount >= byteCount }
        if let best = free.min(by: { workspaces[$0].byteCount < workspaces[$1].byteCount }) {
            workspaces[best].isTaken = true
            return workspaces[best].memory
        }
        let memory = allocate(byteCount)
        workspaces.append((memory, byteCount, true))
        return memory
    }

    func releaseWorkspaces() {
        for i in workspaces.indices { workspaces[i].isTaken = false }
    }

    /// Zeroed, aligned to a cache line, and readable a vector beyond its end.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let size = byteCount + 64
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        blocks.append(memory)
        return memory
    }
}
