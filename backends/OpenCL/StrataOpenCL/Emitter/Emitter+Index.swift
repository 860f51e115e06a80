#if OpenCL
import StrataBackend

/// Where in an iteration space a piece of text stands.
struct Place {
    /// The name of each dimension's index; `nil` where the extent is 1, and the index always 0.
    var coordinates: [String?]
    /// The dimension along which lanes lie.
    var lane: Int?
    /// Elements that the text computes at once: the emitter's lanes, or 1.
    var width: Int

    /// How far apart in memory neighbouring lanes are, `nil` where there is one lane.
    func laneStride(_ access: Access) -> Int? {
        guard width > 1, let lane else { return nil }
        return coordinates[lane] == nil ? 0 : access.strides[lane]
    }
}

extension Emitter {
    /// Statements that turn the number of an item into coordinates `prefix0, prefix1, …` and a count of `lanes`.
    /// An item is a vector of neighbours along dimension `lane`; the next item is the next along it.
    mutating func decode(
        _ item: String, _ extents: [Int], lane: Int?, prefix: String
    ) -> (statements: [String], place: Place) {
        var place = Place(coordinates: extents.map { _ in nil }, lane: lane, width: lane == nil ? 1 : lanes)
        var statements: [String] = []
        let varying = extents.indices.filter { extents[$0] != 1 && $0 != lane }
        var order = Array(varying.reversed())
        if let lane, extents[lane] != 1 { order.insert(lane, at: 0) }

        let rest = "\(prefix)_rest"
        if order.count > 1 { statements.append("INDEX \(rest) = \(item);") }
        for (position, dimension) in order.enumerated() {
            let scale = dimension == lane && lanes > 1 ? " * \(lanes)" : ""
            let name = "\(prefix)\(dimension)"
            place.coordinates[dimension] = name
            guard position < order.count - 1 else {
                statements.append("const INDEX \(name) = \(order.count > 1 ? rest : item)\(scale);")
                break
            }
            let count = number(dimension == lane ? vectorCount(extents[dimension]) : extents[dimension])
            statements.append("const INDEX \(name) = \(rest) % \(count)\(scale);")
            statements.append("\(rest) /= \(count);")
        }
        if let lane {
            let name = lanes > 1 ? place.coordinates[lane] : nil
            let count = name.map { "min((INDEX)\(lanes), \(number(extents[lane])) - \($0))" }
            statements.append("const uint lanes = \(count ?? "1");")
        }
        return (statements, place)
    }

    func vectorCount(_ extent: Int) -> Int { (extent + lanes - 1) / lanes }

    /// Items of `decode`'s that an iteration space has.
    func itemCount(_ extents: [Int], lane: Int?) -> Int {
        extents.indices.reduce(1) { $0 * ($1 == lane ? vectorCount(extents[$1]) : extents[$1]) }
    }

    /// The number of the element at a place's first lane. `replacing` gives a dimension another index.
    mutating func index(_ access: Access, _ place: Place, replacing: (dimension: Int, text: String)? = nil) -> String {
        var terms = [number(access.offset)]
        for (dimension, stride) in access.strides.enumerated() where stride != 0 {
            let name = replacing?.dimension == dimension ? replacing?.text : place.coordinates[dimension]
            guard let name else { continue }
            terms.append(stride == 1 ? name : "\(name) * \(number(stride))")
        }
        return terms.joined(separator: " + ")
    }
}

/// The dimension along which lanes should lie, of `candidates`: the one that costs fewest memory instructions.
///
/// A vector costs one instruction for an operand that is contiguous or constant along the lanes, and one for each
/// lane where it is strided; a dimension whose extent is no multiple of the vector wastes lanes.
func laneDimension(_ candidates: Range<Int>, extents: [Int], operands: [Operand], lanes: Int) -> (dimension: Int, cost: Double) {
    // Neighbouring work items of a GPU share a load as lanes do, 32 of them.
    let width = lanes > 1 ? lanes : 32
    let costs = candidates.map { dimension in
        let vectors = Double((extents[dimension] + width - 1) / width)
        let rest = extents.indices.filter { $0 != dimension }.reduce(1.0) { $0 * Double(extents[$1]) }
        let instructions = operands.reduce(1.0) { sum, operand in
            let isStrided = !(0...1).contains(operand.access.strides[dimension])
            return sum + (isStrided || operand.indirection?.dimension == dimension ? Double(width) / 2 : 1)
        }
        return (dimension, vectors * rest * instructions)
    }
    // Of equals the last, which row-major order makes contiguous.
    return costs.reversed().min { $0.1 < $1.1 } ?? (candidates.upperBound - 1, .infinity)
}

/// Whether element numbers need 64 bits: some access reaches 2³¹, or there are as many items.
func needsWideIndices(_ extents: [Int], _ accesses: [Access]) -> Bool {
    // Blocks and vectors at the edge are counted past it, by far less than this.
    let limit = Int(Int32.max) - 1 << 20
    return Shape(extents).elementCount > limit
        || accesses.contains { access in
            zip(access.strides, extents).reduce(access.offset.magnitude) { sum, term in
                sum &+ term.0.magnitude &* UInt(max(term.1 - 1, 0))
            } > limit
        }
}

func needsWideIndices(_ extents: [Int], _ expression: Expression, _ stores: [Store] = []) -> Bool {
    let counted: [Access] = expression.instructions.compactMap {
        switch $0 {
        case .iota(let access): access
        case .random(let draw): draw.counter
        default: nil
        }
    }
    return needsWideIndices(extents, counted)
        || (expression.operands + stores.map(\.target)).contains { operand in
            var extents = extents
            if let lookup = operand.indirection { extents[lookup.dimension] = lookup.rowCount }
            return needsWideIndices(extents, [operand.access])
        }
}
#endif
