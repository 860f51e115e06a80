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

/// How the number of an item becomes coordinates.
struct Decoding {
    var statements: [String]
    /// Statements for each vector of a strip.
    var inner: [String] = []
    var place: Place
}

extension Emitter {
    /// Statements that turn the number of an item into coordinates `prefix0, prefix1, …` and a count of `lanes`.
    /// An item is a vector of neighbours along dimension `lane`; the next item is the next along `fastest`, or else
    /// along `lane`.
    mutating func decode(
        _ item: String, _ extents: [Int], lane: Int?, fastest: Int? = nil, prefix: String
    ) -> Decoding {
        var place = Place(coordinates: extents.map { _ in nil }, lane: lane, width: lane == nil ? 1 : lanes)
        var statements = split(item, extents, lane: lane, fastest: fastest, step: lanes, prefix: prefix, &place)
        if let lane { statements += [laneCount(extents[lane], place)] }
        return Decoding(statements: statements, place: place)
    }

    /// As `decode`, but an item is a strip of up to `strip` vectors. The statements count them as `vectors`, and those
    /// of `inner` give the coordinates and lanes of vector number `vector`.
    mutating func decodeStrips(
        _ item: String, _ extents: [Int], lane: Int, strip: Int, prefix: String
    ) -> Decoding {
        var place = Place(coordinates: extents.map { _ in nil }, lane: lane, width: lanes)
        var statements = split(item, extents, lane: lane, step: lanes * strip, prefix: prefix, &place)
        guard let start = place.coordinates[lane] else {
            return Decoding(
                statements: statements + ["const INDEX vectors = 1;"], inner: ["const uint lanes = 1;"], place: place)
        }
        let name = "\(prefix)_lane"
        place.coordinates[lane] = name
        let extent = number(extents[lane])
        statements.append(
            "const INDEX vectors = min((INDEX)\(number(strip)), (\(extent) - \(start) + \(lanes - 1)) / \(lanes));")
        let inner = ["const INDEX \(name) = \(start) + vector * \(lanes);", laneCount(extents[lane], place)]
        return Decoding(statements: statements, inner: inner, place: place)
    }

    /// Coordinates from an item's number; the one along `lane` is a multiple of `step`.
    private mutating func split(
        _ item: String, _ extents: [Int], lane: Int?, fastest: Int? = nil, step: Int, prefix: String,
        _ place: inout Place
    ) -> [String] {
        let first = [fastest, lane].compactMap { $0 }
        let order = (first + extents.indices.reversed().filter { !first.contains($0) }).filter { extents[$0] != 1 }
        let rest = order.count > 1 ? "\(prefix)_rest" : item
        var statements = order.count > 1 ? ["INDEX \(rest) = \(item);"] : []
        for (position, dimension) in order.enumerated() {
            let isLane = dimension == lane
            let scale = isLane && step > 1 ? " * \(step == lanes ? "\(lanes)" : number(step))" : ""
            let name = "\(prefix)\(dimension)"
            place.coordinates[dimension] = name
            guard position < order.count - 1 else {
                statements.append("const INDEX \(name) = \(rest)\(scale);")
                break
            }
            let count = number(isLane ? (extents[dimension] + step - 1) / step : extents[dimension])
            statements.append("const INDEX \(name) = \(rest) % \(count)\(scale);")
            statements.append("\(rest) /= \(count);")
        }
        return statements
    }

    private mutating func laneCount(_ extent: Int, _ place: Place) -> String {
        let name = lanes > 1 ? place.lane.flatMap { place.coordinates[$0] } : nil
        let count = name.map { "min((INDEX)\(lanes), \(number(extent)) - \($0))" }
        return "const uint lanes = \(count ?? "1");"
    }

    func vectorCount(_ extent: Int) -> Int { (extent + lanes - 1) / lanes }

    /// Items of `decode`'s that an iteration space has.
    func itemCount(_ extents: [Int], lane: Int?, strip: Int = 1) -> Int {
        extents.indices.reduce(1) {
            $0 * ($1 == lane ? (extents[$1] + lanes * strip - 1) / (lanes * strip) : extents[$1])
        }
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
func laneDimension(
    _ candidates: Range<Int>, extents: [Int], operands: [Operand], lanes: Int
) -> (dimension: Int, cost: Double) {
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
    let counted: [[Access]] = expression.instructions.map {
        switch $0 {
        case .iota(let access): [access]
        case .random(let draw): [draw.counter, Access(offset: draw.key.access.offset, strides: [])]
        default: []
        }
    }
    return needsWideIndices(extents, counted.flatMap { $0 })
        || (expression.operands + stores.map(\.target)).contains { operand in
            guard let lookup = operand.indirection else { return needsWideIndices(extents, [operand.access]) }
            var rows = extents
            rows[lookup.dimension] = lookup.rowCount
            return needsWideIndices(rows, [operand.access])
                || needsWideIndices([extents[lookup.dimension]], [Access(offset: lookup.offset, strides: [1])])
        }
}
#endif
