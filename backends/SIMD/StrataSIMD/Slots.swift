import StrataBackend
import StrataKernelInterface

/// A program's slot with the buffer that is bound to it.
struct Slot {
    var name: String
    var base: UnsafeMutableRawPointer
    var byteCount: Int
}

/// Resolves operands to addresses, and sees to it that none leaves its slot.
struct Slots {
    let slots: [Slot]

    /// The form of an operand over an iteration space. Throws `shape` if the access has the wrong rank or reaches
    /// beyond the slot.
    func form(_ operand: Operand, over extents: [Int], weight: Int) throws -> Form {
        let slot = try slot(operand.slot)
        let size = operand.dtype.byteCount
        var form = try form(operand.access, over: extents)
        form.base = Int(bitPattern: slot.base) + form.base * size
        form.strides = form.strides.map { $0 * size }
        form.elementSize = size
        form.weight = weight
        if let indirection = operand.indirection {
            guard extents.indices.contains(indirection.dimension), indirection.rowCount > 0 else {
                throw StrataError(
                    .shape,
                    "dimension \(indirection.dimension) of \(extents) is looked up in \(indirection.rowCount) rows")
            }
            form.lookup = Form.Lookup(
                dimension: indirection.dimension,
                table: UnsafePointer(
                    try array(
                        indirection.slot, offset: indirection.offset, count: extents[indirection.dimension],
                        of: Int32.self)),
                lastRow: indirection.rowCount - 1)
        }
        guard !extents.contains(0) else { return form }
        let reach = form.reach(over: extents)
        let base = Int(bitPattern: slot.base)
        guard reach.lowerBound >= base, reach.upperBound <= base + slot.byteCount else {
            throw StrataError(
                .shape,
                "bytes \(reach.lowerBound - base) ..< \(reach.upperBound - base) of slot '\(slot.name)' are accessed, which has \(slot.byteCount)"
            )
        }
        return form
    }

    /// The form of whole numbers.
    func form(_ access: Access, over extents: [Int]) throws -> Form {
        guard access.strides.count == extents.count else {
            throw StrataError(.shape, "an access of \(access.strides.count) strides goes over \(extents)")
        }
        return Form(base: access.offset, strides: access.strides, lookup: nil, elementSize: 0, weight: 0)
    }

    func key(of draw: Draw) throws -> UnsafePointer<Int32> {
        UnsafePointer(try array(draw.key.slot, offset: draw.key.access.offset, count: 2, of: Int32.self))
    }

    /// The address of `count` elements in a row.
    func array<Element: BitwiseCopyable>(
        _ number: Int, offset: Int, count: Int, of: Element.Type
    ) throws -> UnsafeMutablePointer<Element> {
        let slot = try slot(number)
        let size = MemoryLayout<Element>.size
        guard offset >= 0, count >= 0, offset <= slot.byteCount / size, count <= slot.byteCount / size - offset else {
            throw StrataError(
                .shape,
                "elements \(offset) ..< \(offset + count) of slot '\(slot.name)' are accessed, which has \(slot.byteCount / size)"
            )
        }
        return (slot.base + offset * size).assumingMemoryBound(to: Element.self)
    }

    private func slot(_ number: Int) throws -> Slot {
        guard slots.indices.contains(number) else { throw StrataError(.shape, "there is no slot \(number)") }
        return slots[number]
    }
}
